/* SPDX-License-Identifier: MIT */
/*
 * block_list: keeps the lists of a blocker equal to the bans in force, and knows the state of each entry.
 *
 * An entry (a masked address) may have several reasons, for example two jails. It is written for the first reason and
 * removed when the last one ends. Only entries that were written here are removed.
 * When the kernel's list holds fewer entries than there are bans, the newest bans are kept and the others wait; they
 * are reported as "not in kernel". An entry that the kernel dropped by itself is written again only if there is a free
 * place: otherwise each reconciliation would write all entries again.
 * When a list is missing (the firewall is being rebuilt), opening it is retried after 100 ms, later up to every 10 s.
 * Into a new list the bans in force are written again.
 *
 * Reads no clock: times are passed by the caller, in microseconds, and must not decrease. Allocates memory in
 * block_list_new() only.
 */
#ifndef RELAYDAM_ENFORCE_BLOCK_LIST_H
#define RELAYDAM_ENFORCE_BLOCK_LIST_H

#include "enforce/block_list_state.h"
#include "enforce/blocker.h"
#include "util/siphash.h"

struct block_list;

struct block_list_counts {
	uint32_t held[BLOCKER_FAMILIES];     /* entries in the kernel */
	uint32_t waiting[BLOCKER_FAMILIES];  /* entries not in the kernel */
	uint32_t others[BLOCKER_FAMILIES];   /* foreign entries at the last reconciliation */
	uint32_t capacity[BLOCKER_FAMILIES]; /* most entries in the kernel's list; 0: no limit */
	bool missing[BLOCKER_FAMILIES];	     /* the list cannot be written now */
	/* totals since block_list_new() */
	uint64_t written, renewed, removed;
	uint64_t displaced; /* removed to make room for newer bans */
	uint64_t lost;	    /* dropped by the kernel before their end */
	uint64_t rebuilt;   /* new lists after the first one */
	uint64_t refused;   /* entries that the kernel rejected */
	uint64_t forgotten; /* bans beyond `max`, dropped */
};

/*
 * Holds at most max (1 to 2^24) entries, and as many reasons. `blocker` is borrowed and must outlive the list;
 * *callbacks is copied. Returns 0 and sets *out (free with block_list_free()), -EINVAL or -ENOMEM.
 */
int block_list_new(struct block_list **out, struct blocker *blocker, uint32_t max,
		   const struct seed *seed, const struct block_list_callbacks *callbacks);

/* Closes the blocker. Its entries stay in the kernel, so that clients stay banned during a restart. */
void block_list_free(struct block_list *list);

/* Opens both lists. Returns 0, or -errno with the remedy in blocker->error: the daemon should not start then. */
int block_list_start(struct block_list *list, int64_t now);

/*
 * Bans the prefix that contains addr until `until`, for a reason (0 to 63: the index of the jail). The same reason
 * again replaces its end. Writes nothing before block_list_run(). Returns 0; 1 when another ban was dropped to make
 * room, the longest waiting or else the oldest; or -EINVAL when `until` is not after now.
 */
int block_list_add(struct block_list *list, const struct addr *addr, uint32_t reason, int64_t until,
		   int64_t now);

/* Ends a reason before its time. Returns 0, or -ENOENT when the ban has no such reason. */
int block_list_end(struct block_list *list, const struct addr *addr, uint32_t reason, int64_t now);

/* Writes, renews, removes and checks what is due. Returns the time of the next call (INT64_MAX: none needed). */
int64_t block_list_run(struct block_list *list, int64_t now);

/* State of the prefix that contains addr; *reasons (may be NULL) is set to the number of its reasons. */
enum block_list_state block_list_ask(const struct block_list *list, const struct addr *addr,
				     uint32_t *reasons);

struct block_list_counts block_list_counts(const struct block_list *list);

#endif
