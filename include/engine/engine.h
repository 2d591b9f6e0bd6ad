/* SPDX-License-Identifier: MIT */
/*
 * engine: the pipeline, from a line to a ban. The same for the daemon and for replay.
 *
 *     line -> record -> rule -> correlation -> hit -> window -> decision -> ban
 *
 * The engine reads no clock, opens no file and writes no log: the caller passes lines with their arrival time, and receives
 * bans through struct engine_events. Several engines may exist in one process.
 * Deterministic: the same lines and the same configuration give the same events in the same order.
 *
 * All times are in microseconds since 1970.
 */
#ifndef RELAYDAM_ENGINE_ENGINE_H
#define RELAYDAM_ENGINE_ENGINE_H

#include "engine/bans.h"
#include "engine/fairness.h"
#include "engine/filters.h"
#include "engine/ignore_ip.h"
#include "engine/jail.h"

struct engine;
struct log_source; /* see log_source.h */

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
	/* A ban has ended: by its time, for want of memory, or since its client is a known sender now. */
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
	/* entries that were evicted for want of memory */
	uint64_t evicted_windows, evicted_bans, evicted_correlations, evicted_spared,
		evicted_history;
	uint64_t gave_up; /* matches that hit one of PCRE2's limits */
	uint64_t torn;	  /* records skipped because they may be the rest of a truncated line */
};

/* Entries of all tables that were evicted for want of memory. */
static inline uint64_t engine_evicted(const struct engine_losses *losses)
{
	return losses->evicted_windows + losses->evicted_bans + losses->evicted_correlations +
	       losses->evicted_spared + losses->evicted_history;
}

enum { ENGINE_LEAST_MEMORY = 256 * 1024 };

/*
 * What the options point to must outlive the engine; the jails are copied, their names are not.
 * Returns 0 and sets *out (free with engine_free()), -EINVAL when memory is too small for the jails, or -ENOMEM.
 */
int engine_new(struct engine **out, const struct engine_options *options);
void engine_free(struct engine *engine);

/* Passes one line through the whole pipeline. arrival: see log_clock_step(). Returns 0 or -ENOMEM. */
int engine_line(struct engine *engine, struct log_source *source, struct span line,
		int64_t arrival);

/* The same for a record that was built from fields, see record_fields(). Its text may be freed afterwards. */
int engine_record(struct engine *engine, struct log_source *source, const struct record *record,
		  int64_t arrival);

/* Injects a hit from outside the log, at the stage where ignoreip is checked. Times must not run backwards. */
void engine_hit(struct engine *engine, const struct hit *hit);

/* The end of a source: processes the records that were held back until their time is certain. Returns 0 or -ENOMEM. */
int engine_end(struct engine *engine, struct log_source *source);

/*
 * Ends expired bans and drops expired entries, a bounded number in one call: call again while engine_next() is not after now.
 * Lines do the same by their time.
 */
void engine_advance(struct engine *engine, int64_t now);

/* When engine_advance() has work to do; INT64_MAX: never. */
int64_t engine_next(const struct engine *engine);

/*
 * While on, hits fill windows, but trigger no bans and no events: for lines that were processed before a restart and are read
 * again. Lines are still correlated.
 */
void engine_fill(struct engine *engine, bool on);

/*
 * Takes over windows, bans, known senders, fuses and counts of an older engine after a change of the configuration.
 * Jail j of the old engine is jail_map[j] of the new one; UINT32_MAX: removed, and its bans are dropped. Rules likewise.
 * Correlations are not taken over. Without `bans`, neither bans nor the ban history are. Emits no event.
 */
void engine_inherit(struct engine *engine, const struct engine *old, const uint32_t *jail_map,
		    const uint32_t *rule_map, bool bans);

/* The hits of a client in a jail's window. */
struct window_count engine_window(const struct engine *engine, const struct addr *addr,
				  uint32_t jail, int64_t now);

/*
 * The prefix that a hit of this client would ban in this jail: of the jail's width, or the client alone if that prefix contains
 * an ignored client or a known sender.
 */
struct prefix engine_prefix(const struct engine *engine, const struct addr *addr, uint32_t jail);

/* The table of known senders, for saving and restoring it; NULL when no jail uses it. */
struct spare *engine_spare(const struct engine *engine);

/* How often prefixes were banned, for restoring it; NULL when no jail has a bantime_factor. */
struct ban_history *engine_ban_history(const struct engine *engine);

struct engine_counts engine_counts(const struct engine *engine);
struct engine_losses engine_losses(const struct engine *engine);

/* Entries in all windows, one for each client and jail. *room: how many there is memory for. */
uint32_t engine_watched(const struct engine *engine, uint32_t *room);

/* Time of the first and the last record; 0: no record yet. */
int64_t engine_first(const struct engine *engine);
int64_t engine_last(const struct engine *engine);

#endif
