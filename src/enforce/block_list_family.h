/* SPDX-License-Identifier: MIT */
/*
 * block_list_family: one list of a blocker and the entries that belong into it: what is in the kernel, what waits,
 * and whether the list is there at all. Inside `blocked` only.
 *
 * Each entry stands in one queue, oldest ban first. Those in PENDING may displace older ones at the head of
 * HELD, which go to the end of WAITING; a free slot is filled from the end of WAITING. So all of WAITING is
 * older than all of HELD.
 */
#ifndef RELAYDAM_ENFORCE_BLOCK_LIST_FAMILY_H
#define RELAYDAM_ENFORCE_BLOCK_LIST_FAMILY_H

#include "block_list_entries.h"
#include "enforce/block_list.h"

struct block_list_family {
	enum blocker_family family;
	struct block_list_queue queue[BLOCK_LIST_QUEUES];
	bool off;  /* the kernel has no such family */
	bool away; /* the list cannot be written now */
	bool was_open;
	int64_t nap, retry;	  /* while away */
	int64_t look, reconcile;  /* next times */
	uint32_t others;	  /* entries in the list that are not ours */
	uint32_t seen, ours_seen; /* of the reconciliation under way */
};

struct block_list {
	struct blocker *blocker;
	struct block_list_callbacks ear;
	struct blocked_entries *entries;
	struct block_list_family side[BLOCKER_FAMILIES];
	struct block_list_counts counts; /* those that only grow */
	uint64_t order;			 /* number of the last ban */
	uint64_t pass;			 /* number of the reconciliation under way */
};

struct block_list_family *block_list_family_of(struct block_list *blocked,
					       const struct block_list_entry *entry);

/* The entry's new state, at the young end of its queue; who listens is told. */
void block_list_family_move(struct block_list *blocked, struct block_list_entry *entry,
			    enum block_list_state state);

/* Sets when an entry is due: at its end, or when the kernel's rule has half forgotten it. */
void block_list_family_due(struct block_list *blocked, struct block_list_entry *entry);

/* Opens the list, or sees that it is still the same. Returns 0 or -errno. */
int block_list_family_look(struct block_list *blocked, struct block_list_family *side, int64_t now);

/*
 * Writes n (0 to BLOCKER_BATCH) entries, or removes them; the list may turn out to be away.
 * back: they waited, and find their place among the oldest.
 */
void block_list_family_add(struct block_list *blocked, struct block_list_family *side,
			   struct block_list_entry *const *entries, size_t n, bool back,
			   int64_t now);
void block_list_family_del(struct block_list *blocked, struct block_list_family *side,
			   struct block_list_entry *const *entries, size_t n, int64_t now);

/* All that is due but ends and renewals. Returns when it wants to be called next. */
int64_t block_list_family_run(struct block_list *blocked, struct block_list_family *side,
			      int64_t now);

#endif
