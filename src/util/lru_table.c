/* SPDX-License-Identifier: MIT */
#include "util/lru_table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

enum { LEAST_BUCKETS = 16 };

struct queue {
	uint32_t oldest, newest;
};

struct lru_table {
	size_t node_size;
	uint32_t capacity, count, queues;
	uint32_t used;	 /* buckets, at most `capacity` or LEAST_BUCKETS */
	uint32_t mask;	 /* 2^n - 1; above used / 2 and at least used - 1 */
	uint32_t spare;	 /* head of the list of freed nodes */
	uint32_t unused; /* nodes from here on were never used, so their pages take no memory */
	uint32_t *buckets;
	struct queue *queue;
	unsigned char *nodes;
	uint64_t evicted;
};

static struct lru_table_node *node_at(const struct lru_table *table, uint32_t index)
{
	return (struct lru_table_node *)(void *)(table->nodes + (size_t)index * table->node_size);
}

static uint32_t index_of(const struct lru_table *table, const struct lru_table_node *node)
{
	return (uint32_t)((size_t)((const unsigned char *)node - table->nodes) / table->node_size);
}

size_t lru_table_cost(size_t node_size)
{
	/* One bucket for each entry, and the same again for the rest of the table. */
	return node_size + 2 * sizeof(uint32_t);
}

int lru_table_new(struct lru_table **out, size_t node_size, uint32_t capacity, uint32_t queues)
{
	struct lru_table *table;
	size_t buckets = capacity > LEAST_BUCKETS ? capacity : LEAST_BUCKETS;

	if (capacity == 0 || capacity >= NONE / 4 || queues == 0 || queues > LRU_TABLE_QUEUES ||
	    node_size < sizeof(struct lru_table_node) || node_size % 8 != 0)
		return -EINVAL;
	table = calloc(1, sizeof(*table));
	if (!table)
		return -ENOMEM;
	table->node_size = node_size;
	table->capacity = capacity;
	table->used = LEAST_BUCKETS;
	table->mask = 2 * LEAST_BUCKETS - 1;
	table->queues = queues;
	table->spare = NONE;
	table->buckets = malloc(buckets * sizeof(*table->buckets));
	table->queue = malloc(queues * sizeof(*table->queue));
	table->nodes = malloc((size_t)capacity * node_size);
	if (!table->buckets || !table->queue || !table->nodes) {
		lru_table_free(table);
		return -ENOMEM;
	}
	memset(table->buckets, 0xff, LEAST_BUCKETS * sizeof(*table->buckets));
	memset(table->queue, 0xff, queues * sizeof(*table->queue));
	*out = table;
	return 0;
}

void lru_table_free(struct lru_table *table)
{
	if (!table)
		return;
	free(table->buckets);
	free(table->queue);
	free(table->nodes);
	free(table);
}

uint32_t lru_table_count(const struct lru_table *table)
{
	return table->count;
}

uint32_t lru_table_capacity(const struct lru_table *table)
{
	return table->capacity;
}

bool lru_table_full(const struct lru_table *table)
{
	return table->count == table->capacity;
}

static uint32_t *bucket_of(const struct lru_table *table, uint32_t hash)
{
	uint32_t i = hash & table->mask;

	/* the bucket does not exist yet: its entries are still in the one that will be split */
	if (i >= table->used)
		i &= table->mask >> 1;
	return &table->buckets[i];
}

/* Splits a bucket: entries whose hash has the highest bit of the mask move to the new one. */
static void add_bucket(struct lru_table *table)
{
	uint32_t made = table->used++;
	uint32_t *link = &table->buckets[made & table->mask >> 1];
	uint32_t *end = &table->buckets[made];

	while (*link != NONE) {
		struct lru_table_node *node = node_at(table, *link);

		if ((node->key.hash & table->mask) == made) {
			*end = *link;
			*link = node->chain;
			end = &node->chain;
		} else {
			link = &node->chain;
		}
	}
	*end = NONE;
	if (table->used > table->mask)
		table->mask = 2 * table->mask + 1;
}

static bool key_equal(const struct lru_table_key *x, const struct lru_table_key *y)
{
	return x->hash == y->hash && x->a == y->a && x->b == y->b && x->kind == y->kind &&
	       x->queue == y->queue;
}

void *lru_table_find(const struct lru_table *table, const struct lru_table_key *key)
{
	uint32_t i = *bucket_of(table, key->hash);

	while (i != NONE) {
		struct lru_table_node *node = node_at(table, i);

		if (key_equal(&node->key, key))
			return node;
		i = node->chain;
	}
	return NULL;
}

void lru_table_fetch_index(const struct lru_table *table, const struct lru_table_key *key)
{
	__builtin_prefetch(bucket_of(table, key->hash));
}

void lru_table_fetch_entry(const struct lru_table *table, const struct lru_table_key *key)
{
	uint32_t i = *bucket_of(table, key->hash);

	if (i == NONE)
		return;
	__builtin_prefetch(node_at(table, i), 1);
	__builtin_prefetch((const unsigned char *)node_at(table, i) + table->node_size - 1, 1);
}

void lru_table_fetch_neighbours(const struct lru_table *table, const struct lru_table_key *key)
{
	uint32_t i = *bucket_of(table, key->hash);
	const struct lru_table_node *node;

	if (i == NONE)
		return;
	node = node_at(table, i);
	if (node->older != NONE)
		__builtin_prefetch(&node_at(table, node->older)->newer, 1);
	if (node->newer != NONE)
		__builtin_prefetch(&node_at(table, node->newer)->older, 1);
}

static void queue_append(struct lru_table *table, struct lru_table_node *node)
{
	struct queue *queue = &table->queue[node->key.queue];
	uint32_t i = index_of(table, node);

	node->older = queue->newest;
	node->newer = NONE;
	if (queue->newest != NONE)
		node_at(table, queue->newest)->newer = i;
	else
		queue->oldest = i;
	queue->newest = i;
}

static void queue_unlink(struct lru_table *table, const struct lru_table_node *node)
{
	struct queue *queue = &table->queue[node->key.queue];

	if (node->older != NONE)
		node_at(table, node->older)->newer = node->newer;
	else
		queue->oldest = node->newer;
	if (node->newer != NONE)
		node_at(table, node->newer)->older = node->older;
	else
		queue->newest = node->older;
}

void *lru_table_insert(struct lru_table *table, const struct lru_table_key *key, int64_t now)
{
	struct lru_table_node *node;
	uint32_t *bucket;
	uint32_t i;

	assert(!lru_table_full(table) && key->queue < table->queues);
	if (table->spare != NONE) {
		i = table->spare;
		table->spare = node_at(table, i)->chain;
	} else {
		i = table->unused++;
	}
	if (table->count >= table->used)
		add_bucket(table);
	bucket = bucket_of(table, key->hash);
	node = node_at(table, i);
	memset(node, 0, table->node_size);
	node->key = *key;
	node->touched = now;
	node->chain = *bucket;
	*bucket = i;
	queue_append(table, node);
	table->count++;
	return node;
}

void *lru_table_insert_evict(struct lru_table *table, const struct lru_table_key *key, int64_t now,
			     void (*evict)(void *context, void *entry), void *context)
{
	if (lru_table_full(table)) {
		void *oldest = lru_table_oldest(table, NULL);

		if (evict)
			evict(context, oldest);
		lru_table_remove(table, oldest);
		table->evicted++;
	}
	return lru_table_insert(table, key, now);
}

uint64_t lru_table_evicted(const struct lru_table *table)
{
	return table->evicted;
}

void lru_table_touch(struct lru_table *table, void *entry, int64_t now)
{
	struct lru_table_node *node = entry;

	node->touched = now;
	if (node->newer == NONE)
		return;
	queue_unlink(table, node);
	queue_append(table, node);
}

void lru_table_remove(struct lru_table *table, void *entry)
{
	struct lru_table_node *node = entry;
	uint32_t i = index_of(table, node);
	uint32_t *link = bucket_of(table, node->key.hash);

	while (*link != i)
		link = &node_at(table, *link)->chain;
	*link = node->chain;
	queue_unlink(table, node);
	node->chain = table->spare;
	table->spare = i;
	table->count--;
}

void *lru_table_oldest_in(const struct lru_table *table, uint32_t queue)
{
	uint32_t i = table->queue[queue].oldest;

	return i == NONE ? NULL : node_at(table, i);
}

void *lru_table_newer(const struct lru_table *table, const void *entry)
{
	uint32_t i = ((const struct lru_table_node *)entry)->newer;

	return i == NONE ? NULL : node_at(table, i);
}

void *lru_table_oldest(const struct lru_table *table, const void *except)
{
	struct lru_table_node *oldest = NULL;

	for (uint32_t q = 0; q < table->queues; q++) {
		uint32_t i = table->queue[q].oldest;

		if (i != NONE && node_at(table, i) == except)
			i = node_at(table, i)->newer;
		if (i != NONE && (!oldest || node_at(table, i)->touched < oldest->touched))
			oldest = node_at(table, i);
	}
	return oldest;
}
