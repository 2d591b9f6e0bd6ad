/* SPDX-License-Identifier: MIT */
#include "engine/ban_history.h"

#include <errno.h>
#include <stdlib.h>

#include "util/lru_table.h"

struct entry {
	struct lru_table_node node;
	int64_t until;	/* of the last ban */
	uint64_t count; /* bans */
};

struct ban_history {
	struct lru_table *table;
	struct seed seed;
	uint32_t jails;
};

int ban_history_new(struct ban_history **out, uint32_t jails, size_t bytes, const struct seed *seed)
{
	size_t capacity = bytes / lru_table_cost(sizeof(struct entry));
	struct ban_history *history;
	int r;

	if (capacity == 0)
		return -EINVAL;
	if (capacity > UINT32_MAX / 8)
		capacity = UINT32_MAX / 8;
	history = calloc(1, sizeof(*history));
	if (!history)
		return -ENOMEM;
	history->seed = *seed;
	history->jails = jails;
	r = lru_table_new(&history->table, sizeof(struct entry), (uint32_t)capacity,
			  jails ? jails : 1);
	if (r < 0)
		ban_history_free(history);
	else
		*out = history;
	return r;
}

void ban_history_free(struct ban_history *history)
{
	if (!history)
		return;
	lru_table_free(history->table);
	free(history);
}

uint64_t ban_history_evicted(const struct ban_history *history)
{
	return lru_table_evicted(history->table);
}

static struct entry *find(const struct ban_history *history, const struct prefix *prefix,
			  uint32_t jail)
{
	struct lru_table_key key = lru_table_prefix_key(&history->seed, prefix, jail);

	return lru_table_find(history->table, &key);
}

uint32_t ban_history_bans(const struct ban_history *history, const struct prefix *prefix,
			  uint32_t jail, int64_t now, int64_t decay)
{
	const struct entry *entry = find(history, prefix, jail);

	if (!entry || now - entry->until > decay)
		return 0;
	return entry->count < UINT32_MAX ? (uint32_t)entry->count : UINT32_MAX;
}

void ban_history_add(struct ban_history *history, const struct prefix *prefix, uint32_t jail,
		     int64_t since, int64_t until, int64_t decay)
{
	struct lru_table_key key = lru_table_prefix_key(&history->seed, prefix, jail);
	struct entry *entry = lru_table_find(history->table, &key);

	if (entry && since <= entry->node.touched)
		return; /* told twice */
	if (entry)
		lru_table_touch(history->table, entry, since);
	else
		entry = lru_table_insert_evict(history->table, &key, since, NULL, NULL);
	if (since - entry->until > decay)
		entry->count = 0;
	entry->count++;
	entry->until = until;
}

void ban_history_forget(struct ban_history *history, const struct prefix *prefix, uint32_t jail)
{
	struct entry *entry = find(history, prefix, jail);

	if (entry)
		lru_table_remove(history->table, entry);
}

static void copy_one(struct ban_history *to, const struct entry *from, uint32_t jail)
{
	struct prefix prefix = lru_table_key_prefix(&from->node.key);

	ban_history_add(to, &prefix, jail, from->node.touched, from->until, 0);
	find(to, &prefix, jail)->count = from->count;
}

void ban_history_copy(struct ban_history *to, const struct ban_history *from,
		      const uint32_t *jail_map, uint32_t jails)
{
	for (uint32_t jail = 0; jail < from->jails; jail++) {
		const struct entry *entry = lru_table_oldest_in(from->table, jail);

		for (; entry && jail_map[jail] < jails; entry = lru_table_newer(from->table, entry))
			copy_one(to, entry, jail_map[jail]);
	}
}
