/* SPDX-License-Identifier: MIT */
#include "regex_compile.h"

#include <errno.h>
#include <stdlib.h>

#include "regex_onepass.h"

enum { BYTES = 257, LITERAL_MOST = 8 };

void regex_code_free(struct regex_code *code)
{
	free(code->steps);
	free(code->labels);
	free(code->turns);
	free(code->tables);
	free(code->firsts);
	free(code->sets);
	*code = (struct regex_code){ 0 };
}

/* Room for one more of n things, doubled when n is a power of two; NULL: no memory. */
static void *more(struct regex_code *code, void *things, uint32_t n, size_t size)
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

uint32_t regex_code_label(struct regex_code *code)
{
	uint32_t *labels = more(code, code->labels, code->labels_n, sizeof(*labels));

	if (!labels)
		return 0;
	code->labels = labels;
	return code->labels_n++;
}

void regex_code_place(struct regex_code *code, uint32_t label)
{
	if (code->failed)
		return;
	code->labels[label] = code->steps_n;
	code->joinable = code->steps_n;
}

struct regex_step *regex_code_step(struct regex_code *code, enum regex_step_kind kind,
				   uint32_t fail)
{
	struct regex_step *steps = more(code, code->steps, code->steps_n, sizeof(*steps));
	struct regex_step *step = &code->lost;

	if (steps) {
		code->steps = steps;
		step = &steps[code->steps_n++];
	}
	*step = (struct regex_step){ .kind = (uint8_t)kind, .fail.label = fail };
	return step;
}

/* A step that remembers a place. */
static struct regex_step *step_at(struct regex_code *code, enum regex_step_kind kind, uint32_t fail,
				  unsigned slot)
{
	struct regex_step *step = regex_code_step(code, kind, fail);

	step->slot = (uint16_t)slot;
	if (slot >= code->slots)
		code->slots = slot + 1;
	if (slot > REGEX_CODE_SLOTS)
		code->failed = true;
	return step;
}

static void regex_step_to(struct regex_code *code, enum regex_step_kind kind, unsigned slot,
			  uint32_t to)
{
	step_at(code, kind, to, slot)->to.label = to;
}

/* Literals that follow each other become one step. */
static void literal(struct regex_code *code, uint8_t byte, uint32_t fail)
{
	struct regex_step *step = code->steps_n > code->joinable ? &code->steps[code->steps_n - 1]
								 : NULL;

	if (!step || step->kind != STEP_LITERAL || step->byte == LITERAL_MOST ||
	    step->fail.label != fail)
		step = regex_code_step(code, STEP_LITERAL, fail);
	((unsigned char *)&step->text)[step->byte] = byte;
	((unsigned char *)&step->mask)[step->byte] = 0xff;
	step->byte++;
}

/* The index of the set, which is put behind the others when it is new. */
static uint32_t set_index(struct regex_code *code, const bool has[256])
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

static void set(struct regex_code *code, const struct regex_item *item, int group, uint32_t fail)
{
	bool one = item->min == 1 && item->max == 1 && group < 0;
	bool all = item->scan == SCAN_ALL && !one;
	struct regex_step *step = regex_code_step(code,
						  one	? STEP_BYTE
						  : all ? STEP_ALL
							: STEP_SET,
						  fail);

	step->group = (uint8_t)(group < 0 ? 0U : 1U << group);
	step->set.index = set_index(code, item->set);
	step->set.min = item->min;
	step->set.max = item->max;
}

static bool same_turn(const struct regex_branch *a, const struct regex_branch *b)
{
	return a->lowest == b->lowest && a->to.label == b->to.label;
}

/* The index of this list where it is there already, or SIZE_MAX. */
static size_t same_list(const struct regex_code *code, uint32_t base,
			const struct regex_branch *list, size_t n)
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
static uint16_t list_of(struct regex_code *code, uint32_t base, const struct regex_branch *list,
			size_t n)
{
	size_t at = same_list(code, base, list, n);

	if (at != SIZE_MAX)
		return (uint16_t)at;
	at = code->turns_n - base;
	if (at + n > UINT16_MAX)
		code->failed = true;
	for (size_t i = 0; i < n; i++) {
		struct regex_branch *turns = more(code, code->turns, code->turns_n, sizeof(*turns));

		if (!turns)
			break;
		code->turns = turns;
		turns[code->turns_n++] = list[i];
	}
	return (uint16_t)at;
}

static void add_turns(struct regex_code *code, struct regex_step *step,
		      const struct regex_branch *turns, size_t n, const bool (*first)[BYTES])
{
	uint16_t(*tables)[BYTES] = more(code, code->tables, code->tables_n, sizeof(*tables));
	struct regex_branch *list = calloc(n + 1, sizeof(*list));
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
static void sequence(struct regex_code *code, const struct regex_item *items, size_t n,
		     uint32_t fail, unsigned slot)
{
	for (size_t i = 0; i < n; i++) {
		const struct regex_item *item = &items[i];
		uint32_t again;

		if (!item->next) {
			regex_code_item(code, item, fail, slot);
			continue;
		}
		step_at(code, STEP_LAZY, fail, slot)->lazy = item;
		again = regex_code_label(code);
		regex_code_place(code, again);
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
static void chosen(struct regex_code *code, const struct regex_item *item,
		   const struct regex_branch *turns, const bool (*first)[BYTES], uint32_t fail,
		   unsigned slot)
{
	uint32_t end = regex_code_label(code);

	for (size_t i = 0; i < item->n; i++) {
		const struct regex_sequence *alternative = &item->alternatives[i];
		bool retry = shares(first, item->n, i);
		uint32_t back = retry ? regex_code_label(code) : fail;

		regex_code_place(code, turns[i].to.label);
		sequence(code, alternative->items, alternative->n, back, slot + 1);
		if (i + 1 < item->n)
			regex_step_to(code, STEP_GOTO, slot, end);
		if (retry) {
			regex_code_place(code, back);
			regex_step_to(code, STEP_BACK, slot, turns[i + 1].to.label);
		}
	}
	regex_code_place(code, end);
}

static void alternatives(struct regex_code *code, const struct regex_item *item, uint32_t fail,
			 unsigned slot)
{
	struct regex_branch *turns;
	bool(*first)[BYTES];

	if (item->n == 1) {
		sequence(code, item->alternatives->items, item->alternatives->n, fail, slot);
		return;
	}
	turns = calloc(item->n, sizeof(*turns));
	first = calloc(item->n, sizeof(*first));
	if (turns && first) {
		for (size_t i = 0; i < item->n; i++) {
			const struct regex_sequence *alternative = &item->alternatives[i];

			turns[i].to.label = regex_code_label(code);
			regex_onepass_first(alternative->items, alternative->n, first[i]);
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

static void capture(struct regex_code *code, const struct regex_item *item, unsigned slot)
{
	if (item->capture >= 0)
		step_at(code, STEP_CAPTURE, 0, slot)->byte = (uint8_t)item->capture;
}

/* The set that is all there is in the group, or NULL. */
static const struct regex_item *sole_set(const struct regex_item *item)
{
	const struct regex_item *inner =
		item->n == 1 && item->alternatives->n == 1 ? item->alternatives->items : NULL;

	return inner && inner->kind == ITEM_SET && !inner->next ? inner : NULL;
}

static void once(struct regex_code *code, const struct regex_item *item, uint32_t fail,
		 unsigned slot)
{
	const struct regex_item *inner = item->capture >= 0 ? sole_set(item) : NULL;

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
static uint32_t first_of(struct regex_code *code, const struct regex_item *item)
{
	bool(*firsts)[BYTES] = more(code, code->firsts, code->firsts_n, sizeof(*firsts));

	if (!firsts)
		return 0;
	code->firsts = firsts;
	memset(firsts[code->firsts_n], 0, sizeof(*firsts));
	for (size_t a = 0; a < item->n; a++) {
		const struct regex_sequence *alternative = &item->alternatives[a];
		bool first[BYTES];

		regex_onepass_first(alternative->items, alternative->n, first);
		for (unsigned byte = 0; byte < BYTES; byte++)
			firsts[code->firsts_n][byte] |= first[byte];
	}
	return code->firsts_n++;
}

/* Where the alternatives do not fit, the walk goes from `back` to the place and on at `end`. */
static void mark(struct regex_code *code, const struct regex_item *item, uint32_t back,
		 uint32_t end, unsigned slot)
{
	uint32_t first = first_of(code, item);
	struct regex_step *step = step_at(code, STEP_MARK, back, slot);

	step->mark.to.label = end;
	step->mark.set = first;
	regex_code_place(code, back);
	regex_step_to(code, STEP_BACK, slot, end);
}

static void optional(struct regex_code *code, const struct regex_item *item, unsigned slot)
{
	uint32_t back = regex_code_label(code), end = regex_code_label(code);

	mark(code, item, back, end, slot);
	alternatives(code, item, back, slot + 1);
	capture(code, item, slot);
	regex_code_place(code, end);
}

/* No group in it captures: see plan. */
static void loop(struct regex_code *code, const struct regex_item *item, uint32_t fail,
		 unsigned slot)
{
	uint32_t out = regex_code_label(code), body = regex_code_label(code),
		 end = regex_code_label(code);
	struct regex_step *step;

	step_at(code, STEP_LOOP, fail, slot);
	regex_code_place(code, out);
	step = step_at(code, STEP_LOOP_OUT, fail, slot);
	step->loop.to.label = end;
	step->loop.min = item->min;
	regex_code_place(code, body);
	alternatives(code, item, out, slot + 1);
	step = step_at(code, STEP_LOOP_NEXT, fail, slot);
	step->loop.to.label = body;
	step->loop.max = item->max;
	regex_code_place(code, end);
}

static void group(struct regex_code *code, const struct regex_item *item, uint32_t fail,
		  unsigned slot)
{
	if (item->max > 1)
		loop(code, item, fail, slot);
	else if (item->max == 1 && item->min == 1)
		once(code, item, fail, slot);
	else if (item->max == 1)
		optional(code, item, slot);
}

static void look(struct regex_code *code, const struct regex_item *item, uint32_t fail,
		 unsigned slot)
{
	uint32_t end = regex_code_label(code), back = regex_code_label(code);

	if (!item->negative) {
		step_at(code, STEP_HERE, fail, slot);
		alternatives(code, item, fail, slot + 1);
		regex_step_to(code, STEP_BACK, slot, end);
	} else {
		mark(code, item, back, end, slot);
		alternatives(code, item, back, slot + 1);
		regex_code_step(code, STEP_FAIL, fail);
	}
	regex_code_place(code, end);
}

uint32_t regex_code_fork(struct regex_code *code, const struct regex_branch *turns, size_t n,
			 const bool (*first)[BYTES], uint32_t fail, unsigned slot)
{
	uint32_t next = regex_code_label(code);

	add_turns(code, step_at(code, STEP_FORK, fail, slot), turns, n, first);
	regex_code_place(code, next);
	step_at(code, STEP_FORK_NEXT, fail, slot);
	return next;
}

void regex_code_item(struct regex_code *code, const struct regex_item *item, uint32_t fail,
		     unsigned slot)
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
		regex_code_step(code, STEP_BOUNDARY, fail);
		break;
	case ITEM_END:
		regex_code_step(code, STEP_AT_END, fail);
		break;
	default:
		regex_code_step(code, STEP_FAIL, fail);
		break;
	}
}

static void settle(const struct regex_code *code, union regex_step_to *to)
{
	uint32_t label = to->label;

	to->step = &code->steps[code->labels[label]];
}

static void settle_step(const struct regex_code *code, struct regex_step *step)
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

int regex_code_finish(struct regex_code *code)
{
	if (code->failed)
		return -ENOMEM;
	for (uint32_t i = 0; i < code->turns_n; i++)
		settle(code, &code->turns[i].to);
	for (uint32_t i = 0; i < code->steps_n; i++)
		settle_step(code, &code->steps[i]);
	return 0;
}
