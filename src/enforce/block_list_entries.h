/* SPDX-License-Identifier: MIT */
/* block_list_entries: the store behind `blocked`: entries by prefix, their reasons, and who is due first. Bounded. */
#ifndef RELAYDAM_ENFORCE_BLOCK_LIST_ENTRIES_H
#define RELAYDAM_ENFORCE_BLOCK_LIST_ENTRIES_H

#include "util/lru_table.h"
#include "util/timer_heap.h"

enum { BLOCK_LIST_REASONS = 64, BLOCK_LIST_QUEUES = 5 };

struct block_list_entry {
	struct lru_table_node node;
	struct timer_heap_node heap;
	struct prefix prefix;
	struct block_list_entry *older, *newer; /* in its queue */
	int64_t until;				/* the last end of its reasons */
	int64_t written, until_written; /* last yes of the blocker, and the end it was told; or 0 */
	uint64_t order;			/* of the last ban: newer ones have a higher number */
	uint64_t pass;			/* the last reconciliation that saw it */
	uint32_t first, reasons;	/* of its reasons, and their number */
	uint8_t state; /* enum block_list_state: the queue that it stands in; 0: none */
};

struct block_list_queue {
	struct block_list_entry *head, *tail;
	uint32_t n;
};

void block_list_queue_append(struct block_list_queue *queue, struct block_list_entry *entry);
/* newer NULL: at the end */
void block_list_queue_before(struct block_list_queue *queue, struct block_list_entry *entry,
			     struct block_list_entry *newer);
void block_list_queue_take(struct block_list_queue *queue, struct block_list_entry *entry);

struct blocked_entries;

/* Returns 0 and sets *out, -EINVAL or -ENOMEM. */
int block_list_entries_new(struct blocked_entries **out, uint32_t max, const struct seed *seed);
void block_list_entries_free(struct blocked_entries *entries);

struct block_list_entry *block_list_entries_find(const struct blocked_entries *entries,
						 const struct prefix *prefix);

/* Sets the end of a reason (below BLOCK_LIST_REASONS), of a new entry if there is none. Returns 0, or -ENOSPC. */
int block_list_entries_put(struct blocked_entries *entries, const struct prefix *prefix,
			   uint32_t reason, int64_t until, int64_t now,
			   struct block_list_entry **out);

/* The entry must stand in no queue. */
void block_list_entries_remove(struct blocked_entries *entries, struct block_list_entry *entry);

/* One reason less. Returns 0, or -ENOENT. */
int block_list_entries_end(struct blocked_entries *entries, struct block_list_entry *entry,
			   uint32_t reason);

/* Takes away the reasons whose end is not after now. */
void block_list_entries_expire(struct blocked_entries *entries, struct block_list_entry *entry,
			       int64_t now);

void block_list_entries_due(struct blocked_entries *entries, struct block_list_entry *entry,
			    int64_t due);
struct block_list_entry *block_list_entries_first(const struct blocked_entries *entries);

#endif
