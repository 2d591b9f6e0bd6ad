/* SPDX-License-Identifier: MIT */
#include "walk.h"

#include "cursor.h"

static const char *walk_sequence(struct walk *walk, const struct item *items, size_t n,
				 const char *p);

/* The end of the run of the set's bytes. */
static inline const char *scan(const struct item *item, const char *p, const char *stop)
{
	const bool *set = item->set;
	const char *found;

	switch (item->scan) {
	case SCAN_ALL:
		return stop;
	case SCAN_ALL_BUT:
		found = memchr(p, item->byte, (size_t)(stop - p));
		return found ? found : stop;
	default:
		while (p < stop && set[(unsigned char)*p])
			p++;
		return p;
	}
}

static inline const char *most(const struct walk *walk, const struct item *item, const char *p)
{
	return item->max < (size_t)(walk->end - p) ? p + item->max : walk->end;
}

static inline const char *set(const struct walk *walk, const struct item *item, const char *p)
{
	const char *end = scan(item, p, most(walk, item, p));

	return (size_t)(end - p) >= item->min ? end : NULL;
}

static inline const char *literal_text(const struct walk *walk, const struct item *item,
				       const char *p)
{
	size_t left = (size_t)(walk->end - p);

	if (item->text_n == 0)
		return left > 0 && (uint8_t)*p == item->byte ? p + 1 : NULL;
	return walk_begins(walk, p, item->text, item->text_n) ? p + item->text_n : NULL;
}

static inline unsigned byte_at(const struct walk *walk, const char *p)
{
	return p < walk->end ? (unsigned char)*p : 256;
}

static const char *alternative(struct walk *walk, const struct item *item, const char *p)
{
	unsigned fit = item->choose ? item->choose[byte_at(walk, p)] : 0xff;

	for (size_t i = 0; i < item->n; i++) {
		const struct sequence *sequence = &item->alternatives[i];
		const char *end;

		if (i < 8 && !(fit & 1U << i))
			continue;
		end = walk_sequence(walk, sequence->items, sequence->n, p);
		if (end)
			return end;
		if (item->captures)
			walk_forget(walk, item->captures);
	}
	return NULL;
}

static const char *group(struct walk *walk, const struct item *item, const char *p)
{
	uint32_t times = 0;

	while (times < item->max) {
		const char *end = alternative(walk, item, p);

		if (!end)
			break;
		if (item->capture >= 0)
			walk->capture.group[item->capture] = (struct span){ p, (size_t)(end - p) };
		times++;
		if (end == p)
			return p;
		p = end;
	}
	return times >= item->min ? p : NULL;
}

static bool is_word(char c)
{
	return is_alnum(c) || c == '_';
}

static bool at_boundary(const struct walk *walk, const char *p)
{
	bool before = p > walk->begin && is_word(p[-1]);
	bool behind = p < walk->end && is_word(*p);

	return before != behind;
}

const char *walk_item(struct walk *walk, const struct item *item, const char *p)
{
	if (walk->steps == 0)
		return NULL;
	walk->steps--;
	switch (item->kind) {
	case ITEM_LITERAL:
		return literal_text(walk, item, p);
	case ITEM_SET:
		return set(walk, item, p);
	case ITEM_GROUP:
		return group(walk, item, p);
	case ITEM_LOOK:
		return (alternative(walk, item, p) != NULL) != item->negative ? p : NULL;
	case ITEM_BOUNDARY:
		return at_boundary(walk, p) ? p : NULL;
	case ITEM_END:
		return p == walk->end ? p : NULL;
	default:
		return NULL;
	}
}

/* The next place from p on, up to stop, where what follows may begin. */
static const char *next_start(const struct walk *walk, const struct item *item, const char *p,
			      const char *stop)
{
	const char *found;

	if (item->only_next >= 0) {
		found = memchr(p, item->only_next, (size_t)(stop - p));
		p = found ? found : stop;
	}
	while (p < stop && !item->next[(unsigned char)*p])
		p++;
	return item->next[byte_at(walk, p)] ? p : NULL;
}

/* The first place, from the nearest on, from where the rest of the sequence fits. */
static const char *lazily(struct walk *walk, const struct item *item, size_t n, const char *p)
{
	const char *stop = scan(item, p, most(walk, item, p));

	if ((size_t)(stop - p) < item->min)
		return NULL;
	for (p += item->min; walk->steps > 0; p++) {
		const char *end;

		walk->steps--;
		p = next_start(walk, item, p, stop);
		if (!p)
			return NULL;
		end = walk_sequence(walk, item + 1, n - 1, p);
		if (end)
			return end;
		if (p == stop)
			return NULL;
	}
	return NULL;
}

static const char *walk_sequence(struct walk *walk, const struct item *items, size_t n,
				 const char *p)
{
	for (size_t i = 0; i < n && p; i++) {
		const struct item *item = &items[i];

		if (item->next)
			return lazily(walk, item, n - i, p);
		if (item->kind == ITEM_LITERAL)
			p = literal_text(walk, item, p);
		else
			p = walk_item(walk, item, p);
	}
	return p;
}
