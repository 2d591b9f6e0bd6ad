/* SPDX-License-Identifier: MIT */
/* The heap orders pointers to the table's entries by the end of the ban; each entry knows its place. */
#include "engine/bans.h"

#include <errno.h>
#include <stdlib.h>

#include "util/lru_table.h"

struct journal_entry {
	struct lru_table_node node;
	struct ban ban;
	uint32_t place; /* in the heap */
};

struct bans {
	struct lru_table *table;
	struct seed seed;
	struct journal_entry **heap;
	uint32_t n;
	uint64_t evicted;
};

int bans_new(struct bans **out, uint32_t jails, size_t bytes, const struct seed *seed)
{
	size_t capacity = bytes / (lru_table_cost(sizeof(struct journal_entry)) +
				   sizeof(struct journal_entry *));
	struct bans *bans;
	int r;

	if (capacity == 0)
		return -EINVAL;
	if (capacity > UINT32_MAX / 4)
		capacity = UINT32_MAX / 4;
	bans = calloc(1, sizeof(*bans));
	if (!bans)
		return -ENOMEM;
	bans->seed = *seed;
	bans->heap = malloc(capacity * sizeof(struct journal_entry *));
	r = bans->heap ? lru_table_new(&bans->table, sizeof(struct journal_entry),
				       (uint32_t)capacity, jails ? jails : 1)
		       : -ENOMEM;
	if (r < 0)
		bans_free(bans);
	else
		*out = bans;
	return r;
}

void bans_free(struct bans *bans)
{
	if (!bans)
		return;
	lru_table_free(bans->table);
	free(bans->heap);
	free(bans);
}

uint32_t bans_count(const struct bans *bans)
{
	return bans->n;
}

uint64_t bans_evicted(const struct bans *bans)
{
	return bans->evicted;
}

static void put(struct bans *bans, uint32_t place, struct journal_entry *entry)
{
	bans->heap[place] = entry;
	entry->place = place;
}

static void sift_up(struct bans *bans, struct journal_entry *entry)
{
	uint32_t place = entry->place;

	while (place > 0) {
		uint32_t parent = (place - 1) / 2;

		if (bans->heap[parent]->ban.until <= entry->ban.until)
			break;
		put(bans, place, bans->heap[parent]);
		place = parent;
	}
	put(bans, place, entry);
}

static void sift_down(struct bans *bans, struct journal_entry *entry)
{
	uint32_t place = entry->place;

	for (;;) {
		uint32_t child = 2 * place + 1;

		if (child >= bans->n)
			break;
		if (child + 1 < bans->n &&
		    bans->heap[child + 1]->ban.until < bans->heap[child]->ban.until)
			child++;
		if (bans->heap[child]->ban.until >= entry->ban.until)
			break;
		put(bans, place, bans->heap[child]);
		place = child;
	}
	put(bans, place, entry);
}

bool bans_in_force(const struct bans *bans, const struct prefix *prefix, uint32_t jail, int64_t now)
{
	struct lru_table_key key = lru_table_prefix_key(&bans->seed, prefix, jail);
	const struct journal_entry *entry = lru_table_find(bans->table, &key);

	return entry && now < entry->ban.until;
}

static void take_out(struct bans *bans, struct journal_entry *entry, struct ban *ended)
{
	struct journal_entry *last = bans->heap[--bans->n];

	*ended = entry->ban;
	if (last != entry) {
		put(bans, entry->place, last);
		sift_up(bans, last);
		sift_down(bans, last);
	}
	lru_table_remove(bans->table, entry);
}

static void end_first(struct bans *bans, struct ban *ended)
{
	take_out(bans, bans->heap[0], ended);
}

const struct ban *bans_find(const struct bans *bans, const struct prefix *prefix, uint32_t jail)
{
	struct lru_table_key key = lru_table_prefix_key(&bans->seed, prefix, jail);
	const struct journal_entry *entry = lru_table_find(bans->table, &key);

	return entry ? &entry->ban : NULL;
}

struct ban *bans_touch(struct bans *bans, const struct prefix *prefix, uint32_t jail)
{
	struct lru_table_key key = lru_table_prefix_key(&bans->seed, prefix, jail);
	struct journal_entry *entry = lru_table_find(bans->table, &key);

	return entry ? &entry->ban : NULL;
}

int bans_remove(struct bans *bans, const struct prefix *prefix, uint32_t jail, struct ban *ended)
{
	struct lru_table_key key = lru_table_prefix_key(&bans->seed, prefix, jail);
	struct journal_entry *entry = lru_table_find(bans->table, &key);

	if (!entry)
		return 0;
	take_out(bans, entry, ended);
	return 1;
}

int64_t bans_next(const struct bans *bans)
{
	return bans->n ? bans->heap[0]->ban.until : INT64_MAX;
}

const struct ban *bans_at(const struct bans *bans, uint32_t i)
{
	return &bans->heap[i]->ban;
}

int bans_add(struct bans *bans, const struct ban *ban, struct ban *ended)
{
	struct lru_table_key key = lru_table_prefix_key(&bans->seed, &ban->prefix, ban->jail);
	struct journal_entry *entry = lru_table_find(bans->table, &key);
	int r = 0;

	if (entry) {
		entry->ban = *ban;
		sift_up(bans, entry);
		sift_down(bans, entry);
		return 0;
	}
	if (lru_table_full(bans->table)) {
		end_first(bans, ended);
		bans->evicted++;
		r = 1;
	}
	entry = lru_table_insert(bans->table, &key, ban->since);
	entry->ban = *ban;
	entry->place = bans->n++;
	sift_up(bans, entry);
	return r;
}

int bans_expire(struct bans *bans, int64_t now, struct ban *ended)
{
	if (bans->n == 0 || bans->heap[0]->ban.until > now)
		return 0;
	end_first(bans, ended);
	return 1;
}
