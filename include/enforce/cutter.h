/* SPDX-License-Identifier: MIT */
/*
 * cutter: which sessions of banned clients are to be ended, and when.
 *
 * Block first, then cut, and never before the client could read its 5xx: an order waits until the server has sent
 * something since the line that made the ban, all of which the client has acknowledged; or until `after` is over. The
 * connections of all orders that are due in a turn are asked of the kernel at once, each is looked at
 * again before it is ended, and what is not held in the kernel's list by then is left alone.
 *
 * Reads no clock, opens nothing: times are the caller's, connections come and go through struct cutter_ops.
 * Bounded: all memory is taken in cutter_new().
 */
#ifndef RELAYDAM_ENFORCE_CUTTER_H
#define RELAYDAM_ENFORCE_CUTTER_H

#include "config/config.h"
#include "net/sock_diag.h"

struct cutter;

enum {
	CUT_ORDERS = 4096,     /* most that wait at a time */
	CUT_SESSIONS = 4096,   /* most connections that one look handles; the rest come next */
	CUT_EVERY = 50 * 1000, /* microseconds between two looks at one session */
	CUT_GRAIN =
		10 * 1000, /* the kernel's own times may be wrong by so much: a tick of 100 Hz */
	CUT_FRESH = 5000 * 1000, /* older lines ban, but do not cut */
	CUT_ROW = 20,		 /* not found, in a row: then it is said */
};

enum cut_outcome {
	CUT_ENDED,     /* sessions */
	CUT_LEFT,      /* bans: its sessions had ended by themselves */
	CUT_NOT_FOUND, /* bans: no session was there */
	CUT_REFUSED,   /* bans: a check said no */
	CUT_FAILED,    /* bans */
	CUT_OLD,       /* bans made by lines that were not fresh */
	CUT_OUTCOMES
};

/* "cut", "not found"... as status and the log have it. */
const char *cut_outcome_name(enum cut_outcome outcome);

struct cut_order {
	struct prefix prefix;
	uint32_t jail;
	enum cut how;
	const uint16_t *ports; /* copied */
	size_t ports_n;	       /* 1 to CONFIG_PORTS */
	int64_t line, age;     /* when the line came in, and how old it was then */
};

/* What became of an order. */
struct cut_report {
	struct prefix prefix;
	uint32_t jail;
	enum cut_outcome outcome;
	uint32_t sessions; /* that were ended */
	int64_t latency;   /* from the line to the last of them */
};

/* One connection as a look found it, for those who want to see. */
struct cut_candidate {
	uint32_t jail;
	const struct sock_diag_socket *socket;
	const char *verdict; /* "waits", "cut", or why not */
	int64_t since;	     /* the line */
};

#define CUT_ADVICE                                                                                 \
	"is the server in another network namespace (a container), or a proxy in front of it, or " \
	"are the ports of the jail's blocker not the server's? See docs/cut.md"

struct cutter_ops {
	void *context;
	/* Returns 0 or -errno, as sock_diag_find(). */
	int (*find)(void *context, const struct sock_diag_query *query,
		    void (*seen)(void *context, const struct sock_diag_socket *socket),
		    void *seen_context);
	/*
	 * Ends a session. Returns 0; 1 when a check said no; -ENOENT when it has gone; -ESRCH when
	 * there is no process to signal; or -errno.
	 */
	int (*end)(void *context, const struct sock_diag_socket *socket, enum cut how);
	bool (*held)(void *context, const struct prefix *prefix, uint32_t jail); /* blocked now? */
	bool (*ignored)(void *context, const struct addr *addr);
};

struct cutter_callbacks {
	void *context;
	void (*done)(void *context, const struct cut_report *report);
	void (*note)(void *context, int priority, const char *text);
	void (*saw)(void *context, const struct cut_candidate *sight); /* may be NULL */
};

struct cutter_options {
	int64_t after; /* microseconds: the longest that a client may take to read its 5xx */
	bool dry_run;  /* `hands` end nothing: what was told once is not told again */
	struct cutter_ops hands;
	struct cutter_callbacks ear;
};

/* Returns 0 and sets *out (free with cutter_free()), or -ENOMEM. */
int cutter_new(struct cutter **out, const struct cutter_options *options);
void cutter_free(struct cutter *cutter);

/* Other options; and jails have other indexes now: jail_map[old], UINT32_MAX for one that is gone, and its orders with it. */
void cutter_reload(struct cutter *cutter, int64_t after, bool dry_run, const uint32_t *jail_map);

/* Returns 0, 1 when there is one of that prefix and jail already or the line was not fresh, -ENOSPC when too many wait. */
int cutter_add(struct cutter *cutter, const struct cut_order *order);

/* Looks, and cuts, what is due. Returns when it wants to be called next; INT64_MAX: nobody waits. */
int64_t cutter_run(struct cutter *cutter, int64_t now);

uint64_t cutter_count(const struct cutter *cutter, enum cut_outcome outcome);

/* Have CUT_ROW orders and more in a row found nobody? */
bool cutter_blind(const struct cutter *cutter);

#endif
