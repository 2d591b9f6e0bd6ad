/* SPDX-License-Identifier: MIT */
/*
 * block_list: which entries must be in a blocker's lists, for which reasons, and until when; and what came of it.
 *
 * One entry (a masked address) may be there for several reasons, say two jails. It is written for the first,
 * removed when the last one ends, and only what was written here is ever removed. Where the kernel has fewer
 * slots than there are bans, the newest are kept and the others wait: they are shown as "not in kernel".
 * What the kernel dropped by itself is put back into free slots only, or every pass would
 * write everything again, for ever. When a list is away (the firewall is being rebuilt) it is opened
 * again after 100 ms, later up to every 10 s, and in a new list the bans in force are written again.
 *
 * Reads no clock: times are the caller's, microseconds, not running backwards. Bounded: all
 * memory is taken in block_list_new().
 */
#ifndef RELAYDAM_ENFORCE_BLOCK_LIST_H
#define RELAYDAM_ENFORCE_BLOCK_LIST_H

#include "enforce/blocker.h"
#include "util/siphash.h"

struct block_list;

enum block_list_state {
	BLOCK_LIST_NONE,    /* no ban: there was none, or it has ended */
	BLOCK_LIST_PENDING, /* to be written at the next block_list_run() */
	BLOCK_LIST_WAITING, /* not in kernel: no slot, or the list is away */
	BLOCK_LIST_HELD,    /* the blocker said yes */
	BLOCK_LIST_REFUSED, /* not in kernel: it takes no such entry */
};

struct block_list_callbacks {
	/* What became of an entry: HELD, WAITING, REFUSED or NONE. Must not call back into blocked. May be NULL. */
	void (*told)(void *context, const struct prefix *prefix, enum block_list_state state);
	/* Trouble with its remedy, and its end; once each, not at every try. May be NULL. */
	void (*note)(void *context, int priority, const char *text);
	void *context;
};

struct block_list_counts {
	uint32_t held[BLOCKER_FAMILIES];    /* in the kernel */
	uint32_t waiting[BLOCKER_FAMILIES]; /* not in kernel */
	uint32_t others
		[BLOCKER_FAMILIES]; /* entries in the list that are not ours, when last looked */
	uint32_t slots[BLOCKER_FAMILIES]; /* 0: no bound */
	bool away[BLOCKER_FAMILIES];	  /* the list cannot be written now */
	uint64_t written, renewed, removed;
	uint64_t displaced; /* taken out for newer ones */
	uint64_t lost;	    /* gone from the list without our doing */
	uint64_t rebuilt;   /* new lists after the first */
	uint64_t refused;   /* entries that the kernel does not take */
	uint64_t forgotten; /* beyond max: bans that nobody holds any more */
};

/*
 * At most max (1 to 2^24) entries, and as many reasons. The blocker and what ear points to must outlive it; the
 * blocker is closed by block_list_free(), its entries stay in the kernel: a restart must not open the gate.
 * Returns 0 and sets *out, -EINVAL or -ENOMEM.
 */
int block_list_new(struct block_list **out, struct blocker *blocker, uint32_t max,
		   const struct seed *seed, const struct block_list_callbacks *ear);
void block_list_free(struct block_list *blocked);

/* Opens both lists. Returns 0, or -errno with the remedy in the blocker's trouble: a start should end there. */
int block_list_start(struct block_list *blocked, int64_t now);

/*
 * A ban of the prefix that holds addr, for a reason (0 to 63: the jail's index) until a time; the same reason
 * again replaces its end. Nothing is written before block_list_run(). Returns 0, 1 when room was made by
 * forgetting the ban that waited longest or was the oldest, or -EINVAL when until is not after now.
 */
int block_list_add(struct block_list *blocked, const struct addr *addr, uint32_t reason,
		   int64_t until, int64_t now);

/* The reason ends early. Returns 0, or -ENOENT when there was none. */
int block_list_end(struct block_list *blocked, const struct addr *addr, uint32_t reason,
		   int64_t now);

/* Writes, renews, removes and looks at what is due. Returns when it wants to be called next (INT64_MAX: never). */
int64_t block_list_run(struct block_list *blocked, int64_t now);

/* What is known of the prefix that holds addr; *reasons (may be NULL) gets their number. */
enum block_list_state block_list_ask(const struct block_list *blocked, const struct addr *addr,
				     uint32_t *reasons);

struct block_list_counts block_list_counts(const struct block_list *blocked);

#endif
