/* SPDX-License-Identifier: MIT */
/*
 * blocked_side: one list of a blocker and the entries that belong into it: what is in the kernel, what waits,
 * and whether the list is there at all. Inside `blocked` only.
 *
 * Each entry stands in one queue, oldest ban first. Those in PENDING may displace older ones at the head of
 * HELD, which go to the end of WAITING; a free slot is filled from the end of WAITING. So all of WAITING is
 * older than all of HELD.
 */
#ifndef RELAYDAM_BLOCKED_SIDE_H
#define RELAYDAM_BLOCKED_SIDE_H

#include "blocked.h"
#include "blocked_entries.h"

struct blocked_side {
	enum blocker_family family;
	struct blocked_queue queue[BLOCKED_QUEUES];
	bool off;  /* the kernel has no such family */
	bool away; /* the list cannot be written now */
	bool was_open;
	int64_t nap, retry;	  /* while away */
	int64_t look, reconcile;  /* next times */
	uint32_t others;	  /* entries in the list that are not ours */
	uint32_t seen, ours_seen; /* of the reconciliation under way */
};

struct blocked {
	struct blocker *blocker;
	struct blocked_ear ear;
	struct blocked_entries *entries;
	struct blocked_side side[BLOCKER_FAMILIES];
	struct blocked_counts counts; /* those that only grow */
	uint64_t order;		      /* number of the last ban */
	uint64_t pass;		      /* number of the reconciliation under way */
};

struct blocked_side *blocked_side_of(struct blocked *blocked, const struct blocked_entry *entry);

/* The entry's new state, at the young end of its queue; who listens is told. */
void blocked_side_move(struct blocked *blocked, struct blocked_entry *entry,
		       enum blocked_state state);

/* Sets when an entry is due: at its end, or when the kernel's rule has half forgotten it. */
void blocked_side_due(struct blocked *blocked, struct blocked_entry *entry);

/* Opens the list, or sees that it is still the same. Returns 0 or -errno. */
int blocked_side_look(struct blocked *blocked, struct blocked_side *side, int64_t now);

/*
 * Writes n (0 to BLOCKER_BATCH) entries, or removes them; the list may turn out to be away.
 * back: they waited, and find their place among the oldest.
 */
void blocked_side_add(struct blocked *blocked, struct blocked_side *side,
		      struct blocked_entry *const *entries, size_t n, bool back, int64_t now);
void blocked_side_del(struct blocked *blocked, struct blocked_side *side,
		      struct blocked_entry *const *entries, size_t n, int64_t now);

/* All that is due but ends and renewals. Returns when it wants to be called next. */
int64_t blocked_side_run(struct blocked *blocked, struct blocked_side *side, int64_t now);

#endif
