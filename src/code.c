/* SPDX-License-Identifier: MIT */
#include "code.h"

#include <errno.h>
#include <stdlib.h>

#include "plan.h"

enum { BYTES = 257, LITERAL_MOST = 8 };

void code_free(struct code *code)
{
	free(code->steps);
	free(code->labels);
	free(code->turns);
	free(code->tables);
	free(code->firsts);
	free(code->sets);
	*code = (struct code){ 0 };
}

/* Room for one more of n things, doubled when n is a power of two; NULL: no memory. */
static void *more(struct code *code, void *things, uint32_t n, size_t size)
{
	void *moved = things;

	if (code->failed)
		return NULL;
	if ((n & (n - 1)) == 0)
		moved = reallocarray(things, n ? 2 * (size_t)n : 1, size);
	if (!moved)
		code->failed = true;
	return moved;
}

uint32_t code_label(struct code *code)
{
	uint32_t *labels = more(code, code->labels, code->labels_n, sizeof(*labels));

	if (!labels)
		return 0;
	code->labels = labels;
	return code->labels_n++;
}

void code_place(struct code *code, uint32_t label)
{
	if (code->failed)
		return;
	code->labels[label] = code->steps_n;
	code->joinable = code->steps_n;
}

struct step *code_step(struct code *code, enum step_kind kind, uint32_t fail)
{
	struct step *steps = more(code, code->steps, code->steps_n, sizeof(*steps));
	struct step *step = &code->lost;

	if (steps) {
		code->steps = steps;
		step = &steps[code->steps_n++];
	}
	*step = (struct step){ .kind = (uint8_t)kind, .fail.label = fail };
	return step;
}

/* A step that remembers a place. */
static struct step *step_at(struct code *code, enum step_kind kind, uint32_t fail, unsigned slot)
{
	struct step *step = code_step(code, kind, fail);

	step->slot = (uint16_t)slot;
	if (slot >= code->slots)
		code->slots = slot + 1;
	if (slot > CODE_SLOTS)
		code->failed = true;
	return step;
}

static void step_to(struct code *code, enum step_kind kind, unsigned slot, uint32_t to)
{
	step_at(code, kind, to, slot)->to.label = to;
}

/* Literals that follow each other become one step. */
static void literal(struct code *code, uint8_t byte, uint32_t fail)
{
	struct step *step = code->steps_n > code->joinable ? &code->steps[code->steps_n - 1] : NULL;

	if (!step || step->kind != STEP_LITERAL || step->byte == LITERAL_MOST ||
	    step->fail.label != fail)
		step = code_step(code, STEP_LITERAL, fail);
	((unsigned char *)&step->text)[step->byte] = byte;
	((unsigned char *)&step->mask)[step->byte] = 0xff;
	step->byte++;
}

/* The index of the set, which is put behind the others when it is new. */
static uint32_t set_index(struct code *code, const bool has[256])
{
	struct byteset *sets;

	for (uint32_t i = 0; i < code->sets_n; i++)
		if (memcmp(code->sets[i].has, has, sizeof(code->sets[i].has)) == 0)
			return i;
	sets = more(code, code->sets, code->sets_n, sizeof(*sets));
	if (!sets)
		return 0;
	code->sets = sets;
	byteset_make(&sets[code->sets_n], has);
	return code->sets_n++;
}

static void set(struct code *code, const struct item *item, int group, uint32_t fail)
{
	bool one = item->min == 1 && item->max == 1 && group < 0;
	bool all = item->scan == SCAN_ALL && !one;
	struct step *step = code_step(code, one ? STEP_BYTE : all ? STEP_ALL : STEP_SET, fail);

	step->group = (uint8_t)(group < 0 ? 0U : 1U << group);
	step->set.index = set_index(code, item->set);
	step->set.min = item->min;
	step->set.max = item->max;
}

static bool same_turn(const struct turn *a, const struct turn *b)
{
	return a->lowest == b->lowest && a->to.label == b->to.label;
}

/* The index of this list where it is there already, or SIZE_MAX. */
static size_t same_list(const struct code *code, uint32_t base, const struct turn *list, size_t n)
{
	for (uint32_t at = base; at + n <= code->turns_n; at++) {
		size_t same = 0;

		while (same < n && same_turn(&code->turns[at + same], &list[same]))
			same++;
		if (same == n)
			return at - base;
	}
	return SIZE_MAX;
}

/* The index of this list, which is put behind the others when it is new. */
static uint16_t list_of(struct code *code, uint32_t base, const struct turn *list, size_t n)
{
	size_t at = same_list(code, base, list, n);

	if (at != SIZE_MAX)
		return (uint16_t)at;
	at = code->turns_n - base;
	if (at + n > UINT16_MAX)
		code->failed = true;
	for (size_t i = 0; i < n; i++) {
		struct turn *turns = more(code, code->turns, code->turns_n, sizeof(*turns));

		if (!turns)
			break;
		code->turns = turns;
		turns[code->turns_n++] = list[i];
	}
	return (uint16_t)at;
}

static void add_turns(struct code *code, struct step *step, const struct turn *turns, size_t n,
		      const bool (*first)[BYTES])
{
	uint16_t(*tables)[BYTES] = more(code, code->tables, code->tables_n, sizeof(*tables));
	struct turn *list = calloc(n + 1, sizeof(*list));
	uint32_t base = code->turns_n;

	if (!list)
		code->failed = true;
	if (tables)
		code->tables = tables;
	for (unsigned byte = 0; byte < BYTES && !code->failed; byte++) {
		size_t kept = 0;

		for (size_t i = 0; i < n; i++)
			if (first[i][byte])
				list[kept++] = turns[i];
		memset(&list[kept], 0, sizeof(*list));
		list[kept].lowest = NONE;
		list[kept].to = step->fail;
		tables[code->tables_n][byte] = list_of(code, base, list, kept + 1);
	}
	free(list);
	step->fork.table = tables ? code->tables_n++ : 0;
	step->fork.base = base;
}

/* What follows a lazy set is tried from each place in turn, and so is the rest of its sequence. */
static void sequence(struct code *code, const struct item *items, size_t n, uint32_t fail,
		     unsigned slot)
{
	for (size_t i = 0; i < n; i++) {
		const struct item *item = &items[i];
		uint32_t again;

		if (!item->next) {
			code_item(code, item, fail, slot);
			continue;
		}
		step_at(code, STEP_LAZY, fail, slot)->lazy = item;
		again = code_label(code);
		code_place(code, again);
		step_at(code, STEP_LAZIER, fail, slot)->lazy = item;
		fail = again;
		slot++;
	}
}

/* May one of the alternatives up to i and one behind it begin with the same byte? */
static bool shares(const bool (*first)[BYTES], size_t n, size_t i)
{
	for (size_t before = 0; before <= i; before++)
		for (size_t behind = i + 1; behind < n; behind++)
			for (unsigned byte = 0; byte < BYTES; byte++)
				if (first[before][byte] && first[behind][byte])
					return true;
	return false;
}

/* Each of several alternatives goes to `end`, or on to the next one where that might fit, too. */
static void chosen(struct code *code, const struct item *item, const struct turn *turns,
		   const bool (*first)[BYTES], uint32_t fail, unsigned slot)
{
	uint32_t end = code_label(code);

	for (size_t i = 0; i < item->n; i++) {
		const struct sequence *alternative = &item->alternatives[i];
		bool retry = shares(first, item->n, i);
		uint32_t back = retry ? code_label(code) : fail;

		code_place(code, turns[i].to.label);
		sequence(code, alternative->items, alternative->n, back, slot + 1);
		if (i + 1 < item->n)
			step_to(code, STEP_GOTO, slot, end);
		if (retry) {
			code_place(code, back);
			step_to(code, STEP_BACK, slot, turns[i + 1].to.label);
		}
	}
	code_place(code, end);
}

static void alternatives(struct code *code, const struct item *item, uint32_t fail, unsigned slot)
{
	struct turn *turns;
	bool(*first)[BYTES];

	if (item->n == 1) {
		sequence(code, item->alternatives->items, item->alternatives->n, fail, slot);
		return;
	}
	turns = calloc(item->n, sizeof(*turns));
	first = calloc(item->n, sizeof(*first));
	if (turns && first) {
		for (size_t i = 0; i < item->n; i++) {
			const struct sequence *alternative = &item->alternatives[i];

			turns[i].to.label = code_label(code);
			plan_first(alternative->items, alternative->n, first[i]);
		}
		add_turns(code, step_at(code, STEP_CHOOSE, fail, slot), turns, item->n,
			  (const bool(*)[BYTES])first);
		chosen(code, item, turns, (const bool(*)[BYTES])first, fail, slot);
	} else {
		code->failed = true;
	}
	free(turns);
	free(first);
}

static void capture(struct code *code, const struct item *item, unsigned slot)
{
	if (item->capture >= 0)
		step_at(code, STEP_CAPTURE, 0, slot)->byte = (uint8_t)item->capture;
}

/* The set that is all there is in the group, or NULL. */
static const struct item *sole_set(const struct item *item)
{
	const struct item *inner =
		item->n == 1 && item->alternatives->n == 1 ? item->alternatives->items : NULL;

	return inner && inner->kind == ITEM_SET && !inner->next ? inner : NULL;
}

static void once(struct code *code, const struct item *item, uint32_t fail, unsigned slot)
{
	const struct item *inner = item->capture >= 0 ? sole_set(item) : NULL;

	if (inner) {
		set(code, inner, item->capture, fail);
		return;
	}
	if (item->capture >= 0)
		step_at(code, STEP_HERE, fail, slot++);
	alternatives(code, item, fail, slot);
	capture(code, item, slot - 1);
}

/* What one of the item's alternatives may begin with; the index of the set. */
static uint32_t first_of(struct code *code, const struct item *item)
{
	bool(*firsts)[BYTES] = more(code, code->firsts, code->firsts_n, sizeof(*firsts));

	if (!firsts)
		return 0;
	code->firsts = firsts;
	memset(firsts[code->firsts_n], 0, sizeof(*firsts));
	for (size_t a = 0; a < item->n; a++) {
		const struct sequence *alternative = &item->alternatives[a];
		bool first[BYTES];

		plan_first(alternative->items, alternative->n, first);
		for (unsigned byte = 0; byte < BYTES; byte++)
			firsts[code->firsts_n][byte] |= first[byte];
	}
	return code->firsts_n++;
}

/* Where the alternatives do not fit, the walk goes from `back` to the place and on at `end`. */
static void mark(struct code *code, const struct item *item, uint32_t back, uint32_t end,
		 unsigned slot)
{
	uint32_t first = first_of(code, item);
	struct step *step = step_at(code, STEP_MARK, back, slot);

	step->mark.to.label = end;
	step->mark.set = first;
	code_place(code, back);
	step_to(code, STEP_BACK, slot, end);
}

static void optional(struct code *code, const struct item *item, unsigned slot)
{
	uint32_t back = code_label(code), end = code_label(code);

	mark(code, item, back, end, slot);
	alternatives(code, item, back, slot + 1);
	capture(code, item, slot);
	code_place(code, end);
}

/* No group in it captures: see plan. */
static void loop(struct code *code, const struct item *item, uint32_t fail, unsigned slot)
{
	uint32_t out = code_label(code), body = code_label(code), end = code_label(code);
	struct step *step;

	step_at(code, STEP_LOOP, fail, slot);
	code_place(code, out);
	step = step_at(code, STEP_LOOP_OUT, fail, slot);
	step->loop.to.label = end;
	step->loop.min = item->min;
	code_place(code, body);
	alternatives(code, item, out, slot + 1);
	step = step_at(code, STEP_LOOP_NEXT, fail, slot);
	step->loop.to.label = body;
	step->loop.max = item->max;
	code_place(code, end);
}

static void group(struct code *code, const struct item *item, uint32_t fail, unsigned slot)
{
	if (item->max > 1)
		loop(code, item, fail, slot);
	else if (item->max == 1 && item->min == 1)
		once(code, item, fail, slot);
	else if (item->max == 1)
		optional(code, item, slot);
}

static void look(struct code *code, const struct item *item, uint32_t fail, unsigned slot)
{
	uint32_t end = code_label(code), back = code_label(code);

	if (!item->negative) {
		step_at(code, STEP_HERE, fail, slot);
		alternatives(code, item, fail, slot + 1);
		step_to(code, STEP_BACK, slot, end);
	} else {
		mark(code, item, back, end, slot);
		alternatives(code, item, back, slot + 1);
		code_step(code, STEP_FAIL, fail);
	}
	code_place(code, end);
}

uint32_t code_fork(struct code *code, const struct turn *turns, size_t n,
		   const bool (*first)[BYTES], uint32_t fail, unsigned slot)
{
	uint32_t next = code_label(code);

	add_turns(code, step_at(code, STEP_FORK, fail, slot), turns, n, first);
	code_place(code, next);
	step_at(code, STEP_FORK_NEXT, fail, slot);
	return next;
}

void code_item(struct code *code, const struct item *item, uint32_t fail, unsigned slot)
{
	switch (item->kind) {
	case ITEM_LITERAL:
		literal(code, item->byte, fail);
		break;
	case ITEM_SET:
		set(code, item, -1, fail);
		break;
	case ITEM_GROUP:
		group(code, item, fail, slot);
		break;
	case ITEM_LOOK:
		look(code, item, fail, slot);
		break;
	case ITEM_BOUNDARY:
		code_step(code, STEP_BOUNDARY, fail);
		break;
	case ITEM_END:
		code_step(code, STEP_AT_END, fail);
		break;
	default:
		code_step(code, STEP_FAIL, fail);
		break;
	}
}

static void settle(const struct code *code, union step_to *to)
{
	uint32_t label = to->label;

	to->step = &code->steps[code->labels[label]];
}

static void settle_step(const struct code *code, struct step *step)
{
	settle(code, &step->fail);
	switch (step->kind) {
	case STEP_GOTO:
	case STEP_BACK:
		settle(code, &step->to);
		break;
	case STEP_BYTE:
	case STEP_SET:
	case STEP_ALL:
		step->set.bytes = &code->sets[step->set.index];
		break;
	case STEP_MARK:
		settle(code, &step->mark.to);
		step->mark.first = code->firsts[step->mark.set];
		break;
	case STEP_LOOP_OUT:
	case STEP_LOOP_NEXT:
		settle(code, &step->loop.to);
		break;
	case STEP_CHOOSE:
	case STEP_FORK:
		step->fork.by_byte = code->tables[step->fork.table];
		step->fork.turns = &code->turns[step->fork.base];
		break;
	default:
		break;
	}
}

int code_finish(struct code *code)
{
	if (code->failed)
		return -ENOMEM;
	for (uint32_t i = 0; i < code->turns_n; i++)
		settle(code, &code->turns[i].to);
	for (uint32_t i = 0; i < code->steps_n; i++)
		settle_step(code, &code->steps[i]);
	return 0;
}
