/* SPDX-License-Identifier: MIT */
#include "past.h"

#include <errno.h>
#include <stdlib.h>

#include "table.h"

struct entry {
	struct table_node node;
	int64_t until;	/* of the last ban */
	uint64_t count; /* bans */
};

struct past {
	struct table *table;
	struct seed seed;
	uint32_t jails;
	uint64_t evicted;
};

int past_new(struct past **out, uint32_t jails, size_t bytes, const struct seed *seed)
{
	size_t capacity = bytes / table_cost(sizeof(struct entry));
	struct past *past;
	int r;

	if (capacity == 0)
		return -EINVAL;
	if (capacity > UINT32_MAX / 8)
		capacity = UINT32_MAX / 8;
	past = calloc(1, sizeof(*past));
	if (!past)
		return -ENOMEM;
	past->seed = *seed;
	past->jails = jails;
	r = table_new(&past->table, sizeof(struct entry), (uint32_t)capacity, jails ? jails : 1);
	if (r < 0)
		past_free(past);
	else
		*out = past;
	return r;
}

void past_free(struct past *past)
{
	if (!past)
		return;
	table_free(past->table);
	free(past);
}

uint64_t past_evicted(const struct past *past)
{
	return past->evicted;
}

static struct entry *find(const struct past *past, const struct prefix *prefix, uint32_t jail)
{
	struct table_key key = table_prefix_key(&past->seed, prefix, jail);

	return table_find(past->table, &key);
}

uint32_t past_bans(const struct past *past, const struct prefix *prefix, uint32_t jail, int64_t now,
		   int64_t decay)
{
	const struct entry *entry = find(past, prefix, jail);

	if (!entry || now - entry->until > decay)
		return 0;
	return entry->count < UINT32_MAX ? (uint32_t)entry->count : UINT32_MAX;
}

void past_add(struct past *past, const struct prefix *prefix, uint32_t jail, int64_t since,
	      int64_t until, int64_t decay)
{
	struct table_key key = table_prefix_key(&past->seed, prefix, jail);
	struct entry *entry = table_find(past->table, &key);

	if (entry && since <= entry->node.touched)
		return; /* told twice */
	if (entry) {
		table_touch(past->table, entry, since);
	} else {
		if (table_full(past->table)) {
			table_remove(past->table, table_oldest(past->table, NULL));
			past->evicted++;
		}
		entry = table_insert(past->table, &key, since);
	}
	if (since - entry->until > decay)
		entry->count = 0;
	entry->count++;
	entry->until = until;
}

void past_forget(struct past *past, const struct prefix *prefix, uint32_t jail)
{
	struct entry *entry = find(past, prefix, jail);

	if (entry)
		table_remove(past->table, entry);
}

static void copy_one(struct past *to, const struct entry *from, uint32_t jail)
{
	struct prefix prefix = { .bits = (uint8_t)from->node.key.kind };

	memcpy(prefix.addr.b, &from->node.key.a, 8);
	memcpy(prefix.addr.b + 8, &from->node.key.b, 8);
	past_add(to, &prefix, jail, from->node.touched, from->until, 0);
	find(to, &prefix, jail)->count = from->count;
}

void past_copy(struct past *to, const struct past *from, const uint32_t *jail_map, uint32_t jails)
{
	for (uint32_t jail = 0; jail < from->jails; jail++) {
		const struct entry *entry = table_oldest_in(from->table, jail);

		for (; entry && jail_map[jail] < jails; entry = table_newer(from->table, entry))
			copy_one(to, entry, jail_map[jail]);
	}
}
