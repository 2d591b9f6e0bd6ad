/* SPDX-License-Identifier: MIT */
/* engine_types: what an engine is given, and what it reports. All times are in microseconds since 1970. */
#ifndef RELAYDAM_ENGINE_ENGINE_TYPES_H
#define RELAYDAM_ENGINE_ENGINE_TYPES_H

#include "engine/bans.h"
#include "engine/fairness.h"
#include "engine/filters.h"
#include "engine/ignore_ip.h"
#include "engine/jail.h"

struct hit {
	const struct rule *rule;
	enum offence offence;
	struct addr addr;
	uint16_t port;	 /* the client's; 0: unknown */
	uint32_t weight; /* how many offences the line stands for */
	int64_t time;
	uint64_t value[MATCH_VALUES]; /* digests of user name and recipient; 0: not in the line */
};

struct ban_event {
	struct ban ban;
	const struct jail *jail;
	const struct hit *hit; /* the one that triggered it */
	uint32_t hits;
	int64_t oldest; /* time of the first of them */
	bool spared;	/* the client is a known sender: its connections must not be cut */
};

/* Callbacks. Each may be NULL; `context` is passed on. Pointers are valid during the call only. */
struct engine_events {
	void *context;
	void (*hit)(void *context, const struct hit *hit);
	/* A mail was accepted. banned: a ban of its client, or of a prefix around it, is in force and carried out. */
	void (*accepted)(void *context, const struct hit *hit, bool banned);
	/* Follows `hit`: the client is banned by a jail that guards this offence, so the kernel would have dropped it. */
	void (*stopped)(void *context, const struct hit *hit);
	void (*ban)(void *context, const struct ban_event *event);
	/* A ban has ended: it expired, was evicted, or its client is a known sender now. */
	void (*unban)(void *context, const struct ban *ban);
	/* A rule's fuse has blown: from this ban on its bans are reported, not carried out, see enum would. */
	void (*fuse)(void *context, const struct rule *rule, const struct fuse_state *state);
};

struct engine_options {
	struct filters *filters;
	const struct ignore_ip *ignore; /* clients whose hits do not count */
	const struct jail *jails;
	uint32_t jails_n;
	const char *const
		*hosts; /* host names whose hits do not count, see ignore_host.h; NULL: none */
	struct spare_rule spare;
	struct fuse_rule fuse; /* within 0: none */
	size_t memory; /* bound for all tables together, bytes; at least ENGINE_LEAST_MEMORY */
	struct seed seed;
	int64_t since,
		until; /* records before since, or not before until, are skipped; 0 and INT64_MAX: none */
	struct engine_events events;
};

struct engine_counts {
	uint64_t lines;
	uint64_t records; /* lines with a known header */
	uint64_t unknown; /* records of programs that no filter reads */
	uint64_t lost;	  /* messages that the log's own writers report as dropped, see dropped.h */
	uint64_t outside; /* records skipped for since and until */
	uint64_t matched; /* records that a rule matched */
	uint64_t hits;	  /* offences, weighted, without companions and ignored clients */
	uint64_t
		companions; /* weights not counted, because a stronger line of the same event counted */
	uint64_t ignored; /* hits of ignored clients */
	uint64_t banned;  /* hits of clients while they were banned, once for each jail */
	uint64_t stopped; /* hits, weighted, of clients banned by a jail that guards this offence */
	uint64_t accepted; /* mails */
	uint64_t bans;	   /* carried out */
	uint64_t would;	   /* bans that were reported only */
	uint64_t spared;   /* hits of known senders that would have banned another client */
};

struct engine_losses {
	/* entries that were evicted because a table was full */
	uint64_t evicted_windows, evicted_bans, evicted_correlations, evicted_spared,
		evicted_history;
	uint64_t gave_up; /* matches that hit one of PCRE2's limits */
	uint64_t torn;	  /* records skipped because they may be the rest of a truncated line */
};

/* Entries of all tables that were evicted because a table was full. */
static inline uint64_t engine_evicted(const struct engine_losses *losses)
{
	return losses->evicted_windows + losses->evicted_bans + losses->evicted_correlations +
	       losses->evicted_spared + losses->evicted_history;
}

#endif
