/* SPDX-License-Identifier: MIT */
/*
 * lru_table: a bounded, keyed hash table whose entries leave in the order of their last touch.
 *
 * All memory is taken in lru_table_new(); nothing is allocated afterwards, and no call walks
 * the whole table. Its index grows with what is in it, a bucket at a time (Litwin's linear hashing, 1980), so that a table
 * with few entries touches little memory. Entries stand in queues (one for each jail, say), oldest touch first, so
 * that expiry and eviction look at the heads of the queues only. Exact LRU: which entry is
 * the oldest does not depend on the hash's seed.
 *
 * The caller puts its own fields behind struct lru_table_node:
 *     struct counter { struct lru_table_node node; uint32_t hits; };
 */
#ifndef RELAYDAM_UTIL_LRU_TABLE_H
#define RELAYDAM_UTIL_LRU_TABLE_H

#include <stdbool.h>

#include "util/addr.h"
#include "util/siphash.h"

struct lru_table_key {
	uint64_t a, b;
	uint32_t hash;	/* of all the rest, keyed: who chooses keys must not know it */
	uint16_t kind;	/* tells apart keys of different meaning */
	uint16_t queue; /* the queue that the entry stands in, below lru_table_new()'s queues */
};

enum { LRU_TABLE_QUEUES = UINT16_MAX };

/* The key of a client's prefix. */
static inline struct lru_table_key lru_table_prefix_key(const struct seed *seed,
							const struct prefix *prefix, uint32_t queue)
{
	struct lru_table_key key = { .kind = prefix->bits, .queue = (uint16_t)queue };

	memcpy(&key.a, prefix->addr.b, 8);
	memcpy(&key.b, prefix->addr.b + 8, 8);
	key.hash = (uint32_t)siphash3(seed, key.a, key.b, (uint64_t)queue << 32 | key.kind);
	return key;
}

/* The prefix that such a key was made of. */
static inline struct prefix lru_table_key_prefix(const struct lru_table_key *key)
{
	struct prefix prefix = { .bits = (uint8_t)key->kind };

	memcpy(prefix.addr.b, &key->a, 8);
	memcpy(prefix.addr.b + 8, &key->b, 8);
	return prefix;
}

struct lru_table_node {
	struct lru_table_key key;
	int64_t touched;	      /* time of the last touch, microseconds */
	uint32_t chain, older, newer; /* links, by index; for the table alone */
};

struct lru_table;

/*
 * capacity entries of node_size bytes (at least sizeof(struct lru_table_node)), in `queues` queues, at most LRU_TABLE_QUEUES.
 * Returns 0 and sets *out (free with lru_table_free()), -EINVAL or -ENOMEM.
 */
int lru_table_new(struct lru_table **out, size_t node_size, uint32_t capacity, uint32_t queues);
void lru_table_free(struct lru_table *table);

/* Bytes that one entry costs, its share of the index included. */
size_t lru_table_cost(size_t node_size);

uint32_t lru_table_count(const struct lru_table *table);
bool lru_table_full(const struct lru_table *table);
uint32_t lru_table_capacity(const struct lru_table *table);

/* The entry, or NULL. */
void *lru_table_find(const struct lru_table *table, const struct lru_table_key *key);

/*
 * For who knows keys long before they are looked up: has what a lookup, and a touch, will read fetched into the caches, in
 * three steps with some time between them: the index, the entry, its neighbours in the queue. Changes nothing.
 */
void lru_table_fetch_index(const struct lru_table *table, const struct lru_table_key *key);
void lru_table_fetch_entry(const struct lru_table *table, const struct lru_table_key *key);
void lru_table_fetch_neighbours(const struct lru_table *table, const struct lru_table_key *key);

/*
 * A new entry, its fields behind the node zeroed. The key must not be in the table and
 * the table not full: make room with lru_table_oldest() and lru_table_remove() first.
 */
void *lru_table_insert(struct lru_table *table, const struct lru_table_key *key, int64_t now);

/*
 * The same when the table may be full: then the entry that was touched longest ago is removed first. lru_table_evicted()
 * counts these. `evict`, NULL for none, is called with each before it is removed, to release what the caller has tied to it.
 */
void *lru_table_insert_evict(struct lru_table *table, const struct lru_table_key *key, int64_t now,
			     void (*evict)(void *context, void *entry), void *context);
uint64_t lru_table_evicted(const struct lru_table *table);

/* Moves the entry to the young end of its queue. now must not run backwards. */
void lru_table_touch(struct lru_table *table, void *node, int64_t now);
void lru_table_remove(struct lru_table *table, void *node);

/* The entry of this queue that was touched longest ago; NULL if there is none. */
void *lru_table_oldest_in(const struct lru_table *table, uint32_t queue);

/* The entry of the same queue that was touched next after this one; NULL behind the youngest. */
void *lru_table_newer(const struct lru_table *table, const void *node);

/* The entry touched longest ago over all queues, leaving out `except` (NULL: none); a tie goes to the lower queue. */
void *lru_table_oldest(const struct lru_table *table, const void *except);

#endif
