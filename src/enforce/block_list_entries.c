/* SPDX-License-Identifier: MIT */
#include "block_list_entries.h"

#include <errno.h>
#include <stdlib.h>

#define NO_REASON UINT32_MAX

struct reason {
	int64_t until;
	uint32_t next; /* of the same entry, or in the free list */
	uint32_t id;
};

struct block_list_entries {
	struct lru_table *table;
	struct seed seed;
	struct timer_heap heap;
	struct reason *reasons;
	uint32_t max;
	uint32_t fresh; /* reasons from here on were never used; their memory is untouched */
	uint32_t free;	/* first reason of the free list; NO_REASON: empty */
};

void block_list_queue_append(struct block_list_queue *queue, struct block_list_entry *entry)
{
	entry->older = queue->tail;
	entry->newer = NULL;
	*(queue->tail ? &queue->tail->newer : &queue->head) = entry;
	queue->tail = entry;
	queue->n++;
}

void block_list_queue_before(struct block_list_queue *queue, struct block_list_entry *entry,
			     struct block_list_entry *newer)
{
	if (!newer) {
		block_list_queue_append(queue, entry);
		return;
	}
	entry->newer = newer;
	entry->older = newer->older;
	*(newer->older ? &newer->older->newer : &queue->head) = entry;
	newer->older = entry;
	queue->n++;
}

void block_list_queue_take(struct block_list_queue *queue, struct block_list_entry *entry)
{
	*(entry->older ? &entry->older->newer : &queue->head) = entry->newer;
	*(entry->newer ? &entry->newer->older : &queue->tail) = entry->older;
	queue->n--;
}

int block_list_entries_new(struct block_list_entries **out, uint32_t max, const struct seed *seed)
{
	struct block_list_entries *entries;
	int r;

	if (max < 1 || max > 1U << 24)
		return -EINVAL;
	entries = calloc(1, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	entries->seed = *seed;
	r = lru_table_new(&entries->table, sizeof(struct block_list_entry), max, 1);
	if (r == 0)
		r = timer_heap_init(&entries->heap, max);
	entries->reasons = calloc(max, sizeof(struct reason));
	if (r < 0 || !entries->reasons) {
		block_list_entries_free(entries);
		return r < 0 ? r : -ENOMEM;
	}
	entries->max = max;
	entries->free = NO_REASON;
	*out = entries;
	return 0;
}

void block_list_entries_free(struct block_list_entries *entries)
{
	if (!entries)
		return;
	lru_table_free(entries->table);
	timer_heap_fini(&entries->heap);
	free(entries->reasons);
	free(entries);
}

struct block_list_entry *block_list_entries_find(const struct block_list_entries *entries,
						 const struct prefix *prefix)
{
	struct lru_table_key key = lru_table_prefix_key(&entries->seed, prefix, 0);

	return lru_table_find(entries->table, &key);
}

static struct reason *find_reason(const struct block_list_entries *entries,
				  const struct block_list_entry *entry, uint32_t id)
{
	for (uint32_t i = entry->first; i != NO_REASON; i = entries->reasons[i].next)
		if (entries->reasons[i].id == id)
			return &entries->reasons[i];
	return NULL;
}

static void set_until(const struct block_list_entries *entries, struct block_list_entry *entry)
{
	entry->until = 0;
	for (uint32_t i = entry->first; i != NO_REASON; i = entries->reasons[i].next)
		if (entries->reasons[i].until > entry->until)
			entry->until = entries->reasons[i].until;
}

static struct block_list_entry *insert(struct block_list_entries *entries,
				       const struct prefix *prefix, int64_t now)
{
	struct lru_table_key key = lru_table_prefix_key(&entries->seed, prefix, 0);
	struct block_list_entry *entry = lru_table_insert(entries->table, &key, now);

	entry->prefix = *prefix;
	entry->first = NO_REASON;
	return entry;
}

/* NO_REASON when all are in use. */
static uint32_t take_free(struct block_list_entries *entries)
{
	uint32_t i = entries->free;

	if (i != NO_REASON)
		entries->free = entries->reasons[i].next;
	else if (entries->fresh < entries->max)
		i = entries->fresh++;
	return i;
}

int block_list_entries_put(struct block_list_entries *entries, const struct prefix *prefix,
			   uint32_t id, int64_t until, int64_t now, struct block_list_entry **out)
{
	struct block_list_entry *entry = block_list_entries_find(entries, prefix);
	struct reason *reason = entry ? find_reason(entries, entry, id) : NULL;

	if (!reason) {
		uint32_t i = !entry && lru_table_full(entries->table) ? NO_REASON
								      : take_free(entries);

		if (i == NO_REASON)
			return -ENOSPC;
		if (!entry)
			entry = insert(entries, prefix, now);
		reason = &entries->reasons[i];
		*reason = (struct reason){ .id = id, .next = entry->first };
		entry->first = i;
		entry->reasons++;
	}
	reason->until = until;
	set_until(entries, entry);
	*out = entry;
	return 0;
}

/* Removes the reason `id` and those whose end is not after now. */
static void remove_reasons(struct block_list_entries *entries, struct block_list_entry *entry,
			   uint32_t id, int64_t now)
{
	uint32_t *link = &entry->first;

	while (*link != NO_REASON) {
		uint32_t i = *link;
		struct reason *reason = &entries->reasons[i];

		if (reason->id != id && reason->until > now) {
			link = &reason->next;
			continue;
		}
		*link = reason->next;
		reason->next = entries->free;
		entries->free = i;
		entry->reasons--;
	}
	set_until(entries, entry);
}

int block_list_entries_end(struct block_list_entries *entries, struct block_list_entry *entry,
			   uint32_t id)
{
	if (!find_reason(entries, entry, id))
		return -ENOENT;
	remove_reasons(entries, entry, id, INT64_MIN);
	return 0;
}

void block_list_entries_expire(struct block_list_entries *entries, struct block_list_entry *entry,
			       int64_t now)
{
	remove_reasons(entries, entry, BLOCK_LIST_REASONS, now);
}

void block_list_entries_remove(struct block_list_entries *entries, struct block_list_entry *entry)
{
	remove_reasons(entries, entry, BLOCK_LIST_REASONS, INT64_MAX);
	timer_heap_drop(&entries->heap, &entry->heap);
	lru_table_remove(entries->table, entry);
}

void block_list_entries_due(struct block_list_entries *entries, struct block_list_entry *entry,
			    int64_t due)
{
	timer_heap_set(&entries->heap, &entry->heap, due);
}

struct block_list_entry *block_list_entries_first(const struct block_list_entries *entries)
{
	struct timer_heap_node *node = timer_heap_first(&entries->heap);

	return node ? (void *)((char *)node - offsetof(struct block_list_entry, heap)) : NULL;
}
