/* SPDX-License-Identifier: MIT */
/* blocked_entries: the store behind `blocked`: entries by prefix, their reasons, and who is due first. Bounded. */
#ifndef RELAYDAM_BLOCKED_ENTRIES_H
#define RELAYDAM_BLOCKED_ENTRIES_H

#include "util/lru_table.h"
#include "util/timer_heap.h"

enum { BLOCKED_REASONS = 64, BLOCKED_QUEUES = 5 };

struct blocked_entry {
	struct lru_table_node node;
	struct timer_heap_node heap;
	struct prefix prefix;
	struct blocked_entry *older, *newer; /* in its queue */
	int64_t until;			     /* the last end of its reasons */
	int64_t written, until_written; /* last yes of the blocker, and the end it was told; or 0 */
	uint64_t order;			/* of the last ban: newer ones have a higher number */
	uint64_t pass;			/* the last reconciliation that saw it */
	uint32_t first, reasons;	/* of its reasons, and their number */
	uint8_t state; /* enum blocked_state: the queue that it stands in; 0: none */
};

struct blocked_queue {
	struct blocked_entry *head, *tail;
	uint32_t n;
};

void blocked_queue_append(struct blocked_queue *queue, struct blocked_entry *entry);
/* newer NULL: at the end */
void blocked_queue_before(struct blocked_queue *queue, struct blocked_entry *entry,
			  struct blocked_entry *newer);
void blocked_queue_take(struct blocked_queue *queue, struct blocked_entry *entry);

struct blocked_entries;

/* Returns 0 and sets *out, -EINVAL or -ENOMEM. */
int blocked_entries_new(struct blocked_entries **out, uint32_t max, const struct seed *seed);
void blocked_entries_free(struct blocked_entries *entries);

struct blocked_entry *blocked_entries_find(const struct blocked_entries *entries,
					   const struct prefix *prefix);

/* Sets the end of a reason (below BLOCKED_REASONS), of a new entry if there is none. Returns 0, or -ENOSPC. */
int blocked_entries_put(struct blocked_entries *entries, const struct prefix *prefix,
			uint32_t reason, int64_t until, int64_t now, struct blocked_entry **out);

/* The entry must stand in no queue. */
void blocked_entries_remove(struct blocked_entries *entries, struct blocked_entry *entry);

/* One reason less. Returns 0, or -ENOENT. */
int blocked_entries_end(struct blocked_entries *entries, struct blocked_entry *entry,
			uint32_t reason);

/* Takes away the reasons whose end is not after now. */
void blocked_entries_expire(struct blocked_entries *entries, struct blocked_entry *entry,
			    int64_t now);

void blocked_entries_due(struct blocked_entries *entries, struct blocked_entry *entry, int64_t due);
struct blocked_entry *blocked_entries_first(const struct blocked_entries *entries);

#endif
