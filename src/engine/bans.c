/* SPDX-License-Identifier: MIT */
/* Each entry is in the table, by its key, and in the heap, by the end of the ban. */
#include "engine/bans.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "util/lru_table.h"
#include "util/timer_heap.h"

struct entry {
	struct lru_table_node node;
	struct timer_heap_node heap;
	struct ban ban;
};

struct bans {
	struct lru_table *table;
	struct seed seed;
	struct timer_heap heap;
	uint64_t evicted;
};

int bans_new(struct bans **out, uint32_t jails, size_t bytes, const struct seed *seed)
{
	size_t capacity = bytes / (lru_table_cost(sizeof(struct entry)) + sizeof(struct entry *));
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
	r = timer_heap_init(&bans->heap, (uint32_t)capacity);
	if (r == 0)
		r = lru_table_new(&bans->table, sizeof(struct entry), (uint32_t)capacity,
				  jails ? jails : 1);
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
	timer_heap_fini(&bans->heap);
	free(bans);
}

uint32_t bans_count(const struct bans *bans)
{
	return bans->heap.n;
}

uint64_t bans_evicted(const struct bans *bans)
{
	return bans->evicted;
}

static struct entry *entry_of(struct timer_heap_node *node)
{
	return (void *)((char *)node - offsetof(struct entry, heap));
}

bool bans_in_force(const struct bans *bans, const struct prefix *prefix, uint32_t jail, int64_t now)
{
	struct lru_table_key key = lru_table_prefix_key(&bans->seed, prefix, jail);
	const struct entry *entry = lru_table_find(bans->table, &key);

	return entry && now < entry->ban.until;
}

static void take_out(struct bans *bans, struct entry *entry, struct ban *ended)
{
	*ended = entry->ban;
	timer_heap_drop(&bans->heap, &entry->heap);
	lru_table_remove(bans->table, entry);
}

static void end_first(struct bans *bans, struct ban *ended)
{
	take_out(bans, entry_of(timer_heap_first(&bans->heap)), ended);
}

const struct ban *bans_find(const struct bans *bans, const struct prefix *prefix, uint32_t jail)
{
	struct lru_table_key key = lru_table_prefix_key(&bans->seed, prefix, jail);
	const struct entry *entry = lru_table_find(bans->table, &key);

	return entry ? &entry->ban : NULL;
}

struct ban *bans_touch(struct bans *bans, const struct prefix *prefix, uint32_t jail)
{
	struct lru_table_key key = lru_table_prefix_key(&bans->seed, prefix, jail);
	struct entry *entry = lru_table_find(bans->table, &key);

	return entry ? &entry->ban : NULL;
}

int bans_remove(struct bans *bans, const struct prefix *prefix, uint32_t jail, struct ban *ended)
{
	struct lru_table_key key = lru_table_prefix_key(&bans->seed, prefix, jail);
	struct entry *entry = lru_table_find(bans->table, &key);

	if (!entry)
		return 0;
	take_out(bans, entry, ended);
	return 1;
}

int64_t bans_next(const struct bans *bans)
{
	const struct timer_heap_node *first = timer_heap_first(&bans->heap);

	return first ? first->due : INT64_MAX;
}

const struct ban *bans_at(const struct bans *bans, uint32_t i)
{
	return &entry_of(timer_heap_at(&bans->heap, i))->ban;
}

int bans_add(struct bans *bans, const struct ban *ban, struct ban *ended)
{
	struct lru_table_key key = lru_table_prefix_key(&bans->seed, &ban->prefix, ban->jail);
	struct entry *entry = lru_table_find(bans->table, &key);
	int r = 0;

	if (entry) {
		entry->ban = *ban;
		timer_heap_set(&bans->heap, &entry->heap, ban->until);
		return 0;
	}
	if (lru_table_full(bans->table)) {
		end_first(bans, ended);
		bans->evicted++;
		r = 1;
	}
	entry = lru_table_insert(bans->table, &key, ban->since);
	entry->ban = *ban;
	timer_heap_set(&bans->heap, &entry->heap, ban->until);
	return r;
}

int bans_expire(struct bans *bans, int64_t now, struct ban *ended)
{
	if (bans->heap.n == 0 || bans_next(bans) > now)
		return 0;
	end_first(bans, ended);
	return 1;
}
