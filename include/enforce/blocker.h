/* SPDX-License-Identifier: MIT */
/*
 * blocker: what carries bans out, one list for IPv4 and one for IPv6.
 *
 * A blocker writes what it is told and says what came of it; it decides nothing, keeps no record of what it
 * wrote, starts no program and reads no clock. Which entries must be there, and until when, is known
 * by `blocked`.
 */
#ifndef RELAYDAM_ENFORCE_BLOCKER_H
#define RELAYDAM_ENFORCE_BLOCKER_H

#include "config/config.h"

enum blocker_family { BLOCKER_V4, BLOCKER_V6, BLOCKER_FAMILIES };

enum {
	BLOCKER_EXPIRES = 1, /* caps: each entry ends by itself after `left` */
	BLOCKER_NEW_LIST =
		1, /* open(): the list is another one than before: nothing of ours is in it */
	BLOCKER_TROUBLE = 320, /* longest text of what is wrong, with NUL */
	BLOCKER_BATCH = 256,   /* most entries that add() and del() are given at once */
};

struct blocker_entry {
	struct prefix prefix; /* of the blocker's prefix4 or prefix6 bits, host bits zero */
	int64_t left;	      /* for add(): microseconds, above 0 */
	bool renewal;	      /* for add(): it was written before and gets a new time */
	int result;	      /* set by add() and del(): 0, or -errno */
};

/* Where `firewall --install --owner` leaves how many entries xt_recent's lists hold, for who may not ask the kernel. */
#define BLOCKER_SLOTS_FILE "/run/relaydam-list-slots"

struct blocker;

struct blocker_ops {
	const char *name;
	unsigned caps;

	/*
	 * Opens the list of a family, or looks whether the open one is still the kernel's, and opens it anew
	 * if not. Returns 0, BLOCKER_NEW_LIST, or -errno with the remedy in trouble: -ENOENT when there is
	 * no such list, -EACCES or -EPERM without the right to it, -EAFNOSUPPORT when the kernel has no IPv6.
	 */
	int (*open)(struct blocker *blocker, enum blocker_family family);

	/*
	 * Each of n (1 to BLOCKER_BATCH) entries of one family gets its result. -EINVAL: the kernel does not take this
	 * one; any other error: the list is away. del() of what is not there is no error.
	 */
	void (*add)(struct blocker *blocker, enum blocker_family family,
		    struct blocker_entry *entries, size_t n);
	void (*del)(struct blocker *blocker, enum blocker_family family,
		    struct blocker_entry *entries, size_t n);

	/* Calls seen() for each entry in the list, others' among them. Returns 0 or -errno. May be NULL. */
	int (*reconcile)(struct blocker *blocker, enum blocker_family family,
			 void (*seen)(void *context, const struct prefix *prefix), void *context);

	void (*close)(struct blocker *blocker); /* also of a blocker that was never opened */
};

struct blocker {
	const struct blocker_ops *ops;
	const struct blocker_conf *conf;  /* borrowed */
	const char *proc, *sys;		  /* "/proc" and "/sys"; tests point them elsewhere */
	uint32_t slots[BLOCKER_FAMILIES]; /* most entries in the list; 0: no bound. Set by open() */
	char trouble[BLOCKER_TROUBLE];	  /* of the last call that failed, with its remedy */
	void (*note)(void *context, int priority, const char *text); /* NULL: nobody listens */
	void *context;						     /* for note() */
	void *state;						     /* the blocker's own */
};

const char *blocker_list(const struct blocker *blocker, enum blocker_family family);

/* Sets trouble. */
__attribute__((format(printf, 2, 3))) void blocker_trouble(struct blocker *blocker,
							   const char *format, ...);

static inline enum blocker_family blocker_family_of(const struct addr *addr)
{
	return addr_is_v4(addr) ? BLOCKER_V4 : BLOCKER_V6;
}

extern const struct blocker_ops blocker_xt, blocker_nft, blocker_print;

#endif
