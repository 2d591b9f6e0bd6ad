/* SPDX-License-Identifier: MIT */
/*
 * blocker: the interface of the back ends that carry out bans. A blocker has one list for IPv4 and one for IPv6.
 *
 * It writes the entries that it is given and reports the result of each. It decides nothing, keeps no record of what it
 * wrote, starts no program and reads no clock. block_list decides which entries must be in the lists, and until when.
 */
#ifndef RELAYDAM_ENFORCE_BLOCKER_H
#define RELAYDAM_ENFORCE_BLOCKER_H

#include "config/config.h"

enum blocker_family { BLOCKER_V4, BLOCKER_V6, BLOCKER_FAMILIES };

enum {
	BLOCKER_EXPIRES = 1,  /* caps: each entry expires by itself after `left` */
	BLOCKER_NEW_LIST = 1, /* open(): another list than before; it holds none of our entries */
	BLOCKER_ERROR = 320,  /* bytes of an error text, with NUL */
	BLOCKER_BATCH = 256,  /* most entries in one add() or del() */
};

struct blocker_entry {
	struct prefix prefix; /* of prefix4 or prefix6 bits as configured; host bits zero */
	int64_t left;	      /* for add(): microseconds, above 0 */
	bool renewal;	      /* for add(): it was written before; its end has changed */
	int result;	      /* set by add() and del(): 0, or -errno */
};

/*
 * File in which `firewall --install --owner` records ip_list_tot for an unprivileged daemon, which cannot read the
 * module parameter.
 */
#define BLOCKER_CAPACITY_FILE "/run/relaydam-list-slots"

struct blocker;

struct blocker_ops {
	const char *name;
	unsigned caps;

	/*
	 * Opens the list of a family; if it is open, checks that the kernel still uses it and opens it again if
	 * not. Returns 0, BLOCKER_NEW_LIST, or -errno with the remedy in blocker->error: -ENOENT when the list
	 * does not exist, -EACCES or -EPERM without the privilege, -EAFNOSUPPORT when the kernel has no IPv6.
	 */
	int (*open)(struct blocker *blocker, enum blocker_family family);

	/*
	 * Writes or removes n (1 to BLOCKER_BATCH) entries of one family and sets the result of each. -EINVAL: the
	 * kernel rejects this entry. Any other error: the list cannot be written. On failure blocker->error is
	 * set. Removing an entry that the list does not hold is no error.
	 */
	void (*add)(struct blocker *blocker, enum blocker_family family,
		    struct blocker_entry *entries, size_t n);
	void (*del)(struct blocker *blocker, enum blocker_family family,
		    struct blocker_entry *entries, size_t n);

	/* Calls seen() for each entry in the list, foreign ones included. Returns 0 or -errno. May be NULL. */
	int (*reconcile)(struct blocker *blocker, enum blocker_family family,
			 void (*seen)(void *context, const struct prefix *prefix), void *context);

	void (*close)(struct blocker *blocker); /* also valid before open() */
};

struct blocker {
	const struct blocker_ops *ops;
	const struct blocker_conf *conf; /* borrowed */
	const char *proc, *sys;		 /* "/proc" and "/sys"; tests use other directories */
	uint32_t capacity
		[BLOCKER_FAMILIES]; /* most entries in the list, set by open(); 0: no limit */
	char error[BLOCKER_ERROR];  /* of the last call that failed, with its remedy */
	void (*note)(void *context, int priority,
		     const char *text); /* used by print; may be NULL */
	void *context;			/* for note() */
	void *state;			/* private to the back end */
};

/* Name of the list, as configured. */
const char *blocker_list(const struct blocker *blocker, enum blocker_family family);

/* Sets blocker->error. */
__attribute__((format(printf, 2, 3))) void blocker_set_error(struct blocker *blocker,
							     const char *format, ...);

static inline enum blocker_family blocker_family_of(const struct addr *addr)
{
	return addr_is_v4(addr) ? BLOCKER_V4 : BLOCKER_V6;
}

extern const struct blocker_ops blocker_xt, blocker_nft, blocker_print;

#endif
