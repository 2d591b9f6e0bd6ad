/* SPDX-License-Identifier: MIT */
#include "regex_exec.h"

#include "match/byteset.h"
#include "match/regex_ast.h"
#include "util/cursor.h"

/* What changes at every step: a copy of the walk's, so that it may stay in registers. */
struct journal_turn {
	const char *p;
	uint32_t taken, budget;
	const struct regex_step *end; /* the step at which a rule ends */
};

enum { AT_END = 256 };

static inline unsigned byte_at(const struct regex_exec *walk, const char *p)
{
	return p < walk->end ? (unsigned char)*p : AT_END;
}

static inline const char *most(const struct regex_exec *walk, uint32_t max, const char *p)
{
	return max < (size_t)(walk->end - p) ? p + max : walk->end;
}

static inline const char *scan_set(const bool *set, const char *p, const char *stop)
{
	while (p < stop && set[(unsigned char)*p])
		p++;
	return p;
}

static inline const char *scan_all_but(uint8_t byte, const char *p, const char *stop)
{
	const char *found = memchr(p, byte, (size_t)(stop - p));

	return found ? found : stop;
}

/* Takes what was scanned, where it is enough. */
static inline const struct regex_step *
scanned(struct journal_turn *at, const struct regex_step *step, const char *end, struct span *group)
{
	if ((size_t)(end - at->p) < step->set.min)
		return step->fail.step;
	if (step->group) {
		group[__builtin_ctz(step->group)] = (struct span){ at->p, (size_t)(end - at->p) };
		at->taken |= step->group;
	}
	at->p = end;
	return step + 1;
}

static inline const struct regex_step *
literals(const struct regex_exec *walk, struct journal_turn *at, const struct regex_step *step)
{
	size_t left = (size_t)(walk->end - at->p);
	uint64_t text = 0;

	if (left >= sizeof(text))
		memcpy(&text, at->p, sizeof(text));
	else if (left < step->byte)
		return step->fail.step;
	else
		for (size_t i = 0; i < left; i++)
			((unsigned char *)&text)[i] = (unsigned char)at->p[i];
	if ((text & step->mask) != step->text)
		return step->fail.step;
	at->p += step->byte;
	return step + 1;
}

static inline const struct regex_step *
one_byte(const struct regex_exec *walk, struct journal_turn *at, const struct regex_step *step)
{
	if (at->p == walk->end || !step->set.bytes->has[(unsigned char)*at->p])
		return step->fail.step;
	at->p++;
	return step + 1;
}

static bool is_word(char c)
{
	return is_alnum(c) || c == '_';
}

static bool at_boundary(const struct regex_exec *walk, const char *p)
{
	bool before = p > walk->begin && is_word(p[-1]);
	bool behind = p < walk->end && is_word(*p);

	return before != behind;
}

static const char *scan_item(const struct regex_item *item, const char *p, const char *stop)
{
	switch (item->scan) {
	case SCAN_ALL:
		return stop;
	case SCAN_ALL_BUT:
		return scan_all_but(item->byte, p, stop);
	default:
		return scan_set(item->set, p, stop);
	}
}

/* The next place from p on, up to stop, where what follows may begin. */
static const char *next_start(const struct regex_exec *walk, const struct regex_item *item,
			      const char *p, const char *stop)
{
	if (item->only_next >= 0)
		p = scan_all_but((uint8_t)item->only_next, p, stop);
	while (p < stop && !item->next[(unsigned char)*p])
		p++;
	return item->next[byte_at(walk, p)] ? p : NULL;
}

static inline void mark(const struct regex_exec *walk, const struct journal_turn *at,
			const struct regex_step *step)
{
	walk->slots[step->slot].p = at->p;
	walk->slots[step->slot].taken = at->taken;
}

static inline struct regex_slot *back(const struct regex_exec *walk, struct journal_turn *at,
				      const struct regex_step *step)
{
	struct regex_slot *slot = &walk->slots[step->slot];

	at->p = slot->p;
	at->taken = slot->taken;
	return slot;
}

/* From at->p on; the first place is taken that what follows may begin with. */
static const struct regex_step *lazily(const struct regex_exec *walk, struct journal_turn *at,
				       const struct regex_step *step, const struct regex_step *then)
{
	const char *p;

	if (--at->budget == 0)
		return NULL;
	p = next_start(walk, step->lazy, at->p, walk->slots[step->slot].stop);
	if (!p)
		return step->fail.step;
	at->p = p;
	mark(walk, at, step);
	return then;
}

static const struct regex_step *lazy(const struct regex_exec *walk, struct journal_turn *at,
				     const struct regex_step *step)
{
	const struct regex_item *item = step->lazy;
	const char *stop = scan_item(item, at->p, most(walk, item->max, at->p));

	if ((size_t)(stop - at->p) < item->min)
		return step->fail.step;
	at->p += item->min;
	walk->slots[step->slot].stop = stop;
	return lazily(walk, at, step, step + 2);
}

static const struct regex_step *lazier(const struct regex_exec *walk, struct journal_turn *at,
				       const struct regex_step *step)
{
	if (back(walk, at, step)->stop == at->p)
		return step->fail.step;
	at->p++;
	return lazily(walk, at, step, step + 1);
}

static inline const struct regex_step *
loop_next(const struct regex_exec *walk, struct journal_turn *at, const struct regex_step *step)
{
	struct regex_slot *slot = &walk->slots[step->slot];

	if (at->p == slot->p || ++slot->rounds == step->loop.max)
		return step + 1;
	if (--at->budget == 0)
		return NULL;
	mark(walk, at, step);
	return step->loop.to.step;
}

static inline const struct regex_branch *turns_here(const struct regex_exec *walk,
						    const struct journal_turn *at,
						    const struct regex_step *step)
{
	return step->fork.turns + step->fork.by_byte[byte_at(walk, at->p)];
}

static inline const struct regex_step *
take(const struct regex_exec *walk, const struct regex_step *step, const struct regex_branch *turn)
{
	if (turn->lowest >= walk->best)
		return step->fail.step;
	walk->slots[step->slot].turn = turn + 1;
	return turn->to.step;
}

/* One step; the next one, or NULL when a rule ends, nothing else is possible or the budget is spent. */
static inline const struct regex_step *walk_step(const struct regex_exec *walk,
						 struct journal_turn *at,
						 const struct regex_step *step, struct span *group)
{
	struct regex_slot *slot;
	const char *p;

	switch ((enum regex_step_kind)step->kind) {
	case STEP_LITERAL:
		return literals(walk, at, step);
	case STEP_BYTE:
		return one_byte(walk, at, step);
	case STEP_SET:
		p = byteset_run(step->set.bytes, at->p, most(walk, step->set.max, at->p),
				walk->end);
		return scanned(at, step, p, group);
	case STEP_ALL:
		return scanned(at, step, most(walk, step->set.max, at->p), group);
	case STEP_LAZY:
		return lazy(walk, at, step);
	case STEP_LAZIER:
		return lazier(walk, at, step);
	case STEP_BOUNDARY:
		return at_boundary(walk, at->p) ? step + 1 : step->fail.step;
	case STEP_BEFORE:
		return step->rule.lowest < walk->best ? step + 1 : step->fail.step;
	case STEP_AT_END:
		return at->p == walk->end ? step + 1 : step->fail.step;
	case STEP_FAIL:
		return step->fail.step;
	case STEP_GOTO:
		return step->to.step;
	case STEP_HERE:
		mark(walk, at, step);
		return step + 1;
	case STEP_MARK:
		if (!step->mark.first[byte_at(walk, at->p)])
			return step->mark.to.step;
		mark(walk, at, step);
		return step + 2;
	case STEP_BACK:
		back(walk, at, step);
		return step->to.step;
	case STEP_CAPTURE:
		slot = &walk->slots[step->slot];
		group[step->byte] = (struct span){ slot->p, (size_t)(at->p - slot->p) };
		at->taken |= 1U << step->byte;
		return step + 1;
	case STEP_LOOP:
		mark(walk, at, step);
		walk->slots[step->slot].rounds = 0;
		return step + 2;
	case STEP_LOOP_OUT:
		slot = back(walk, at, step);
		return slot->rounds >= step->loop.min ? step->loop.to.step : step->fail.step;
	case STEP_LOOP_NEXT:
		return loop_next(walk, at, step);
	case STEP_CHOOSE:
		mark(walk, at, step);
		return turns_here(walk, at, step)->to.step;
	case STEP_FORK:
		mark(walk, at, step);
		return take(walk, step, turns_here(walk, at, step));
	case STEP_FORK_NEXT:
		slot = back(walk, at, step);
		return take(walk, step, slot->turn);
	case STEP_RULE_ENDS:
		at->end = step;
		return NULL;
	case STEP_STOP:
		return NULL;
	default:
		__builtin_unreachable();
	}
}

const struct regex_step *regex_exec(struct regex_exec *walk)
{
	struct journal_turn at = { walk->p, walk->taken, walk->budget, NULL };
	const struct regex_step *step = walk->at;

	while (step)
		step = walk_step(walk, &at, step, walk->group);
	walk->p = at.p;
	walk->taken = at.taken;
	walk->budget = at.budget;
	walk->at = at.end ? at.end + 1 : NULL;
	return at.end;
}
