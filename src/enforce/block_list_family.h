/* SPDX-License-Identifier: MIT */
/*
 * block_list_family: one of the two lists of a blocker, IPv4 or IPv6, and the entries that belong in it.
 *
 * Each entry is in one queue, oldest ban first. PENDING entries may displace older ones at the head of HELD, which move
 * to the end of WAITING. A free place is filled from the end of WAITING. So each WAITING entry is older than each HELD
 * one.
 */
#ifndef RELAYDAM_ENFORCE_BLOCK_LIST_FAMILY_H
#define RELAYDAM_ENFORCE_BLOCK_LIST_FAMILY_H

#include "block_list_entries.h"
#include "enforce/block_list_state.h"
#include "enforce/blocker.h"

/* See struct block_list_counts. */
struct block_list_totals {
	uint64_t written, renewed, removed, displaced, lost, rebuilt, refused;
};

struct block_list_family {
	/* set by the owner; borrowed */
	enum blocker_family id;
	struct blocker *blocker;
	struct block_list_entries *entries; /* of both families */
	const struct block_list_callbacks *callbacks;

	struct block_list_queue queue[BLOCK_LIST_STATES];
	struct block_list_totals totals;
	bool unsupported;	  /* the kernel does not have the family */
	bool missing;		  /* the list cannot be written now */
	bool was_open;		  /* at least once */
	int64_t backoff, retry;	  /* while missing: length and end of the pause */
	int64_t check, reconcile; /* next times */
	uint64_t pass;		  /* number of the last reconciliation */
	uint32_t seen, ours_seen; /* entries counted by it */
	uint32_t others;	  /* foreign entries in the list */
};

/* Appends the entry to the queue of its new state, schedules it, and reports a change. */
void block_list_family_move(struct block_list_family *family, struct block_list_entry *entry,
			    enum block_list_state state);

/* Sets the due time of an entry: its end, or its renewal, halfway to the time when the kernel's rule forgets it. */
void block_list_family_schedule(struct block_list_family *family, struct block_list_entry *entry);

/* Opens the list, or checks that it is still the same. Returns 0 (also when the family is unsupported) or -errno. */
int block_list_family_check(struct block_list_family *family, int64_t now);

/*
 * Writes or removes n (0 to BLOCKER_BATCH) entries. Marks the list as missing when that fails.
 * was_waiting: the entries come from WAITING, so they are placed among the oldest.
 */
void block_list_family_add(struct block_list_family *family,
			   struct block_list_entry *const *entries, size_t n, bool was_waiting,
			   int64_t now);
void block_list_family_del(struct block_list_family *family,
			   struct block_list_entry *const *entries, size_t n, int64_t now);

/* Checks, reconciles and writes what is due, except ends and renewals. Returns the time of the next call. */
int64_t block_list_family_run(struct block_list_family *family, int64_t now);

#endif
