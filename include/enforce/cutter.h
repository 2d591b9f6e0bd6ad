/* SPDX-License-Identifier: MIT */
/*
 * cutter: decides which sessions of banned clients are ended, and when.
 *
 * A client is blocked first and cut afterwards, but not before it could read its 5xx reply: an order waits until the
 * server has sent something after the log line that caused the ban and the client has acknowledged all of it, or until
 * `after` has passed. One query to the kernel finds the connections of all orders that are due. Each connection is
 * checked again before it is ended; a client that is not in the kernel's list by then is not cut.
 *
 * Reads no clock and opens nothing: times are passed by the caller, in microseconds; connections are found and ended
 * through struct cutter_ops. Allocates memory in cutter_new() only.
 */
#ifndef RELAYDAM_ENFORCE_CUTTER_H
#define RELAYDAM_ENFORCE_CUTTER_H

#include "config/config.h"
#include "net/sock_diag.h"

struct cutter;

enum {
	CUT_ORDERS = 4096,   /* most orders at a time */
	CUT_SESSIONS = 4096, /* most connections handled in one poll; the others in the next one */
	CUT_INTERVAL = 50 * 1000,   /* microseconds between two polls for one order */
	CUT_PRECISION = 10 * 1000,  /* microseconds: of the kernel's times, a tick at 100 Hz */
	CUT_AGE_MOST = 5000 * 1000, /* microseconds: older log lines ban, but do not cut */
	CUT_STREAK = 20,	    /* orders in a row without a session: logs CUT_ADVICE */
};

enum cut_outcome {
	CUT_ENDED,     /* sessions ended */
	CUT_LEFT,      /* bans whose sessions had ended by themselves */
	CUT_NOT_FOUND, /* bans without a session */
	CUT_REFUSED,   /* bans for which a check failed */
	CUT_FAILED,    /* bans with an error */
	CUT_OLD,       /* bans caused by lines older than CUT_AGE_MOST */
	CUT_OUTCOMES
};

/* Static text: "cut", "not found"..., as in status and the log. */
const char *cut_outcome_name(enum cut_outcome outcome);

struct cut_order {
	struct prefix prefix;
	uint32_t jail;
	enum cut how;
	const uint16_t *ports; /* copied */
	size_t ports_n;	       /* 1 to CONFIG_PORTS */
	int64_t line, age;     /* time when the log line was read, and its age then */
};

/* Result of an order. */
struct cut_report {
	struct prefix prefix;
	uint32_t jail;
	enum cut_outcome outcome;
	uint32_t sessions; /* number of sessions ended */
	int64_t latency;   /* microseconds from the line to the end of the last session */
};

/* A connection that was checked, for --debug. */
struct cut_candidate {
	uint32_t jail;
	const struct sock_diag_socket *socket;
	const char *verdict; /* "waits", "cut", or why it was not cut */
	int64_t since;	     /* microseconds since the line was read */
};

#define CUT_ADVICE                                                                                 \
	"does the server run in another network namespace (a container) or behind a proxy, or "    \
	"do the ports of the jail's blocker differ from its ports? See docs/cut.md"

struct cutter_ops {
	void *context;
	/* See sock_diag_find(). */
	int (*find)(void *context, const struct sock_diag_query *query,
		    void (*seen)(void *context, const struct sock_diag_socket *socket),
		    void *seen_context);
	/*
	 * Ends a session. Returns 0; 1 when a check failed; -ENOENT when the session has already ended; -ESRCH when
	 * there is no process to signal; or -errno.
	 */
	int (*end)(void *context, const struct sock_diag_socket *socket, enum cut how);
	bool (*held)(void *context, const struct prefix *prefix,
		     uint32_t jail); /* is in the kernel's list */
	bool (*ignored)(void *context, const struct addr *addr);
};

struct cutter_callbacks {
	void *context;
	void (*done)(void *context, const struct cut_report *report);
	void (*note)(void *context, int priority, const char *text);
	void (*checked)(void *context, const struct cut_candidate *candidate); /* may be NULL */
};

struct cutter_options {
	int64_t after; /* microseconds: longest time that a client has to read its 5xx reply */
	bool dry_run;  /* ops.end() ends nothing; an order then ends with its first result */
	struct cutter_ops ops;
	struct cutter_callbacks callbacks;
};

/* *options is copied. Returns 0 and sets *out (free with cutter_free()), or -ENOMEM. */
int cutter_new(struct cutter **out, const struct cutter_options *options);
void cutter_free(struct cutter *cutter);

/*
 * Changes options and the indexes of jails: jail_map[old] is the new index; UINT32_MAX: the jail was removed, and its
 * orders are dropped.
 */
void cutter_reload(struct cutter *cutter, int64_t after, bool dry_run, const uint32_t *jail_map);

/*
 * Adds an order. Returns 0; 1 when the prefix and jail have an order already or the line is older than CUT_AGE_MOST;
 * -ENOSPC when there are CUT_ORDERS.
 */
int cutter_add(struct cutter *cutter, const struct cut_order *order);

/* Runs the orders that are due. Returns the time of the next call; INT64_MAX: there are no orders. */
int64_t cutter_run(struct cutter *cutter, int64_t now);

uint64_t cutter_count(const struct cutter *cutter, enum cut_outcome outcome);

/* Whether the last CUT_STREAK orders, or more, found no session. */
bool cutter_blind(const struct cutter *cutter);

#endif
