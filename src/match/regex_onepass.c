/* SPDX-License-Identifier: MIT */
#include "regex_onepass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What comes behind a place: the rest of its sequence, then of those that hold it. */
struct tail {
	const struct regex_item *items;
	size_t n;
	const struct tail *up;
	bool free; /* behind the last: whatever it is, it cannot ask for another try */
};

enum bound {
	BOUND_FREE,  /* nothing that follows can fail */
	BOUND_FIRST, /* the next byte is one of those */
	BOUND_NONE,
};

/* Can it fail where it takes no byte? */
static bool asserts(const struct regex_item *item)
{
	if (item->kind != ITEM_GROUP)
		return item->kind == ITEM_LOOK || item->kind == ITEM_BOUNDARY ||
		       item->kind == ITEM_END;
	for (size_t a = 0; a < item->n; a++)
		for (size_t i = 0; i < item->alternatives[a].n; i++)
			if (asserts(&item->alternatives[a].items[i]))
				return true;
	return false;
}

static bool holds_other(const struct regex_item *item)
{
	if (item->kind == ITEM_OTHER)
		return true;
	for (size_t a = 0; a < item->n; a++)
		for (size_t i = 0; i < item->alternatives[a].n; i++)
			if (holds_other(&item->alternatives[a].items[i]))
				return true;
	return false;
}

static enum bound follow_first(const struct tail *follow, bool first[256])
{
	bool may_fail = false;

	memset(first, 0, 256 * sizeof(*first));
	for (; follow; follow = follow->up) {
		for (size_t i = 0; i < follow->n; i++) {
			const struct regex_item *item = &follow->items[i];

			if (item->kind == ITEM_END)
				return BOUND_FIRST;
			if (holds_other(item))
				return BOUND_NONE;
			regex_item_first(item, first);
			if (!regex_item_nullable(item))
				return BOUND_FIRST;
			may_fail |= asserts(item);
		}
		if (follow->free)
			break;
	}
	return may_fail ? BOUND_NONE : BOUND_FREE;
}

static bool disjoint(const bool a[256], const bool b[256])
{
	for (unsigned i = 0; i < 256; i++)
		if (a[i] && b[i])
			return false;
	return true;
}

static const struct regex_item *nth_single(const struct regex_sequence *sequence, size_t n,
					   bool set[256])
{
	const struct regex_item *item = n < sequence->n ? &sequence->items[n] : NULL;

	if (!item || (item->kind != ITEM_LITERAL && item->kind != ITEM_SET) || item->min != 1)
		return NULL;
	memset(set, 0, 256 * sizeof(*set));
	regex_item_first(item, set);
	return item;
}

/* Is there a byte in both, at the same distance from the front, that cannot be the same? */
static bool exclusive_pair(const struct regex_sequence *a, const struct regex_sequence *b)
{
	bool in_a[256], in_b[256];

	for (size_t i = 0;; i++) {
		const struct regex_item *x = nth_single(a, i, in_a), *y = nth_single(b, i, in_b);

		if (!x || !y)
			break;
		if (disjoint(in_a, in_b))
			return true;
		if (x->max != 1 || y->max != 1)
			return false;
	}
	return false;
}

/* Has it an alternative that takes no byte? */
static bool may_take_none(const struct regex_item *item)
{
	for (size_t a = 0; a < item->n; a++)
		if (regex_sequence_nullable(&item->alternatives[a]))
			return true;
	return false;
}

/* At most one of the alternatives can fit. */
static bool exclusive(const struct regex_item *item)
{
	if (item->n > 1 && may_take_none(item))
		return false;
	for (size_t a = 0; a < item->n; a++) {
		for (size_t b = a + 1; b < item->n; b++) {
			bool first[256] = { 0 }, other[256] = { 0 };

			regex_sequence_first(&item->alternatives[a], first);
			regex_sequence_first(&item->alternatives[b], other);
			if (!disjoint(first, other) &&
			    !exclusive_pair(&item->alternatives[a], &item->alternatives[b]))
				return false;
		}
	}
	return true;
}

static bool determinate(const struct regex_item *item, const struct tail *follow);

static bool all_determinate(const struct regex_sequence *sequence, const struct tail *up)
{
	for (size_t i = 0; i < sequence->n; i++) {
		struct tail follow = { &sequence->items[i + 1], sequence->n - i - 1, up, !up };

		if (!determinate(&sequence->items[i], &follow))
			return false;
	}
	return true;
}

static bool alternatives_determinate(const struct regex_item *item, const struct tail *up)
{
	for (size_t i = 0; i < item->n; i++)
		if (!all_determinate(&item->alternatives[i], up))
			return false;
	return true;
}

static bool captures_follow(const struct tail *follow)
{
	for (size_t i = 0; i < follow->n; i++)
		if (follow->items[i].captures)
			return true;
	return false;
}

static bool set_determinate(const struct regex_item *item, const struct tail *follow)
{
	bool first[256];

	/* in a sequence of its own, what follows a lazy one is tried from each place in turn */
	if (item->greed == ITEM_LAZY)
		return follow->free && !captures_follow(follow);
	if (item->min == item->max || item->greed == ITEM_POSSESSIVE)
		return true;
	switch (follow_first(follow, first)) {
	case BOUND_FREE:
		return true;
	case BOUND_FIRST:
		return disjoint(item->set, first);
	default:
		return false;
	}
}

/*
 * A group whose first fit is final. From the second time round an earlier one might have to be
 * tried again, unless stopping before is fine, too.
 */
static bool final_group(const struct regex_item *item)
{
	if (item->max > 1 && (item->captures || may_take_none(item)))
		return false;
	if (item->min > 1 && !item->atomic)
		return false;
	return alternatives_determinate(item, NULL);
}

static bool group_determinate(const struct regex_item *item, const struct tail *follow)
{
	bool first[256], own[256] = { 0 };
	enum bound bound;

	if (item->greed == ITEM_LAZY)
		return false;
	if (item->greed == ITEM_POSSESSIVE)
		return final_group(item);
	if (item->min == 1 && item->max == 1 && item->atomic)
		return final_group(item);
	bound = follow_first(follow, first);
	if (item->max > 1 || bound == BOUND_NONE)
		return item->min == 1 && item->max == 1 && exclusive(item) &&
		       alternatives_determinate(item, follow);
	if (bound == BOUND_FREE)
		return final_group(item);
	if (!exclusive(item) || !alternatives_determinate(item, follow))
		return false;
	if (item->min == 1)
		return true;
	regex_item_first(item, own);
	return !may_take_none(item) && disjoint(own, first);
}

static bool determinate(const struct regex_item *item, const struct tail *follow)
{
	switch (item->kind) {
	case ITEM_LITERAL:
	case ITEM_BOUNDARY:
	case ITEM_END:
		return true;
	case ITEM_SET:
		return set_determinate(item, follow);
	case ITEM_GROUP:
		return group_determinate(item, follow);
	case ITEM_LOOK:
		return item->captures == 0 && alternatives_determinate(item, NULL);
	default:
		return false;
	}
}

static void choose_scan(struct regex_item *item)
{
	unsigned lacks = 0;

	for (unsigned i = 0; i < 256; i++) {
		if (item->set[i])
			continue;
		lacks++;
		item->byte = (uint8_t)i;
	}
	item->scan = lacks == 0 ? SCAN_ALL : lacks == 1 ? SCAN_ALL_BUT : SCAN_TABLE;
}

/*
 * Adds the bytes that a match of the items can begin with, [256] for the message's end. Returns false
 * where it may be anything that comes behind them.
 */
static bool begins_with(const struct regex_item *items, size_t n, bool first[257])
{
	for (size_t i = 0; i < n; i++) {
		bool decided = items[i].min > 0;

		if (items[i].kind == ITEM_END) {
			first[256] = true;
			return true;
		}
		if (items[i].kind == ITEM_OTHER)
			return false;
		if (items[i].kind == ITEM_LOOK || items[i].kind == ITEM_BOUNDARY)
			continue;
		if (items[i].kind != ITEM_GROUP)
			regex_item_first(&items[i], first);
		for (size_t a = 0; a < items[i].n; a++)
			decided &= begins_with(items[i].alternatives[a].items,
					       items[i].alternatives[a].n, first);
		if (decided)
			return true;
	}
	return false;
}

void regex_onepass_first(const struct regex_item *items, size_t n, bool first[257])
{
	memset(first, 0, 257 * sizeof(*first));
	if (!begins_with(items, n, first))
		memset(first, true, 257 * sizeof(*first));
}

/* Where what follows a lazy set can begin. */
static int find_next(struct regex_item *item, size_t behind)
{
	unsigned n = 0;

	item->next = calloc(257, sizeof(*item->next));
	if (!item->next)
		return -ENOMEM;
	regex_onepass_first(item + 1, behind, item->next);
	for (int i = 0; i < 256; i++) {
		if (!item->next[i])
			continue;
		item->only_next = i;
		n++;
	}
	if (n != 1)
		item->only_next = -1;
	return 0;
}

static int make_quick(struct regex_sequence *sequence);

static int item_make_quick(struct regex_item *item, size_t behind, bool top)
{
	if (item->kind == ITEM_SET) {
		choose_scan(item);
		return !top && item->greed == ITEM_LAZY ? find_next(item, behind) : 0;
	}
	if (item->n == 0)
		return 0;
	for (size_t a = 0; a < item->n; a++)
		if (make_quick(&item->alternatives[a]) < 0)
			return -ENOMEM;
	return 0;
}

/* What walking needs, and PCRE2 knows by itself. */
static int make_quick(struct regex_sequence *sequence)
{
	for (size_t i = 0; i < sequence->n; i++)
		if (item_make_quick(&sequence->items[i], sequence->n - i - 1, false) < 0)
			return -ENOMEM;
	return 0;
}

int regex_onepass_make(struct regex_sequence *sequence)
{
	unsigned captures = 0;
	size_t n = 0;

	for (; n < sequence->n; n++) {
		const struct regex_item *item = &sequence->items[n];
		struct tail follow = { item + 1, sequence->n - n - 1, NULL, false };

		if (item->twice || item->unnamed || (captures & item->captures) ||
		    !determinate(item, &follow))
			break;
		captures |= item->captures;
	}
	for (size_t i = 0; i < sequence->n; i++)
		if (item_make_quick(&sequence->items[i], sequence->n - i - 1, true) < 0)
			return -ENOMEM;
	return (int)n;
}
