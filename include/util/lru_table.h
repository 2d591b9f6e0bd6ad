/* SPDX-License-Identifier: MIT */
/*
 * lru_table: a bounded hash table with keyed hashes, whose least recently used entries are evicted.
 *
 * lru_table_new() allocates all memory, and no call iterates over the whole table. The index grows
 * with the number of entries, one bucket at a time (Litwin's linear hashing, 1980), so that a table
 * with few entries uses little memory. Entries are in queues (for example one for each jail), least
 * recently touched first, so that expiry and eviction read the heads of the queues only. Exact LRU:
 * the order does not depend on the hash's seed.
 *
 * The caller puts its own fields after struct lru_table_node:
 *     struct counter { struct lru_table_node node; uint32_t hits; };
 */
#ifndef RELAYDAM_UTIL_LRU_TABLE_H
#define RELAYDAM_UTIL_LRU_TABLE_H

#include <stdbool.h>

#include "util/addr.h"
#include "util/siphash.h"

struct lru_table_key {
	uint64_t a, b;
	uint32_t hash;	/* keyed hash of the other members: unpredictable for clients */
	uint16_t kind;	/* distinguishes keys of different meaning */
	uint16_t queue; /* the queue of the entry, less than `queues` of lru_table_new() */
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

/* The prefix of such a key. */
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
	uint32_t chain, older, newer; /* links, by index; private to the table */
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
 * Prefetch the memory that a later lookup and touch of this key will read: the index, the entry,
 * its neighbours in the queue. Call them in this order, with some time between. They change
 * nothing.
 */
void lru_table_fetch_index(const struct lru_table *table, const struct lru_table_key *key);
void lru_table_fetch_entry(const struct lru_table *table, const struct lru_table_key *key);
void lru_table_fetch_neighbours(const struct lru_table *table, const struct lru_table_key *key);

/*
 * Adds an entry; its fields after the node are zero. The key must not be in the table, and the
 * table must not be full: make room with lru_table_oldest() and lru_table_remove() first.
 */
void *lru_table_insert(struct lru_table *table, const struct lru_table_key *key, int64_t now);

/*
 * The same for a table that may be full: then the least recently touched entry is evicted.
 * lru_table_evicted() counts these. evict() is called before, to release resources of the entry;
 * may be NULL.
 */
void *lru_table_insert_evict(struct lru_table *table, const struct lru_table_key *key, int64_t now,
			     void (*evict)(void *context, void *entry), void *context);
uint64_t lru_table_evicted(const struct lru_table *table);

/* Moves the entry to the newest end of its queue. now must not run backwards. */
void lru_table_touch(struct lru_table *table, void *node, int64_t now);
void lru_table_remove(struct lru_table *table, void *node);

/* The entry of this queue that was touched longest ago; NULL if there is none. */
void *lru_table_oldest_in(const struct lru_table *table, uint32_t queue);

/* The entry of the same queue that was touched next after this one; NULL after the newest. */
void *lru_table_newer(const struct lru_table *table, const void *node);

/* The entry touched longest ago over all queues, leaving out `except` (NULL: none); a tie goes to the lower queue. */
void *lru_table_oldest(const struct lru_table *table, const void *except);

#endif
