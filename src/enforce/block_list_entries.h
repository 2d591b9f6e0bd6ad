/* SPDX-License-Identifier: MIT */
/* block_list_entries: the entries of a block list, by prefix, with their reasons, and ordered by due time. Bounded. */
#ifndef RELAYDAM_ENFORCE_BLOCK_LIST_ENTRIES_H
#define RELAYDAM_ENFORCE_BLOCK_LIST_ENTRIES_H

#include "util/lru_table.h"
#include "util/timer_heap.h"

enum { BLOCK_LIST_REASONS = 64 };

struct block_list_entry {
	struct lru_table_node node;
	struct timer_heap_node heap;
	struct prefix prefix;
	struct block_list_entry *older, *newer; /* in its queue */
	int64_t until;				/* latest end of its reasons */
	int64_t written,
		until_written;	 /* time of the last write, and the end passed to it; 0: none */
	uint64_t order;		 /* number of its last ban; newer bans have higher numbers */
	uint64_t pass;		 /* number of the last reconciliation that saw it */
	uint32_t first, reasons; /* its first reason, and their number */
	uint8_t state;		 /* enum block_list_state: its queue; BLOCK_LIST_NONE: none */
};

/* A queue of entries, oldest ban first. */
struct block_list_queue {
	struct block_list_entry *head, *tail;
	uint32_t n;
};

void block_list_queue_append(struct block_list_queue *queue, struct block_list_entry *entry);
/* newer NULL: appends. */
void block_list_queue_before(struct block_list_queue *queue, struct block_list_entry *entry,
			     struct block_list_entry *newer);
void block_list_queue_take(struct block_list_queue *queue, struct block_list_entry *entry);

struct block_list_entries;

/* max: 1 to 2^24 entries, and as many reasons. Returns 0 and sets *out, -EINVAL or -ENOMEM. */
int block_list_entries_new(struct block_list_entries **out, uint32_t max, const struct seed *seed);
void block_list_entries_free(struct block_list_entries *entries);

/* NULL when there is none. */
struct block_list_entry *block_list_entries_find(const struct block_list_entries *entries,
						 const struct prefix *prefix);

/* Sets the end of a reason (below BLOCK_LIST_REASONS); creates the entry if needed. Returns 0, or -ENOSPC when full. */
int block_list_entries_put(struct block_list_entries *entries, const struct prefix *prefix,
			   uint32_t reason, int64_t until, int64_t now,
			   struct block_list_entry **out);

/* Frees the entry, which must be in no queue. */
void block_list_entries_remove(struct block_list_entries *entries, struct block_list_entry *entry);

/* Removes a reason. Returns 0, or -ENOENT when the entry does not have it. */
int block_list_entries_end(struct block_list_entries *entries, struct block_list_entry *entry,
			   uint32_t reason);

/* Removes the reasons whose end is not after now. */
void block_list_entries_expire(struct block_list_entries *entries, struct block_list_entry *entry,
			       int64_t now);

/* Sets the due time of an entry. first() returns the entry with the earliest one, NULL when there is none. */
void block_list_entries_due(struct block_list_entries *entries, struct block_list_entry *entry,
			    int64_t due);
struct block_list_entry *block_list_entries_first(const struct block_list_entries *entries);

#endif
