/* SPDX-License-Identifier: MIT */
/*
 * engine: the pipeline, from a line to a ban. The same for the daemon and for replay.
 *
 *     line -> record -> rule -> session -> hit -> window -> verdict -> ban
 *
 * Nothing in it reads a clock, opens a file or writes a log; who calls it brings the lines and
 * their arrival, and is told of bans through struct engine_events. Several engines may live in one process.
 * Deterministic: the same lines and the same configuration give the same events in the same order.
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
	uint16_t port; /* 0: unknown */
	uint32_t weight;
	int64_t time;
	uint64_t value
		[MATCH_VALUES]; /* what stands for the user's name and the recipient; 0: not in the line */
};

struct ban_event {
	struct ban ban;
	const struct jail *jail;
	const struct hit *hit; /* the one that made it */
	uint32_t hits;
	int64_t oldest; /* time of the first of them */
	bool spared;	/* the client has delivered: it must not be cut */
};

/* What the engine tells. Each may be NULL; `context` is passed on. */
struct engine_events {
	void *context;
	void (*hit)(void *context, const struct hit *hit);
	/* a mail was accepted; `banned`: a ban of its client, or of a prefix around it, is in force and carried out */
	void (*accepted)(void *context, const struct hit *hit, bool banned);
	/* behind `hit`: a jail that guards this offence has banned the client, so it would not have come */
	void (*stopped)(void *context, const struct hit *hit);
	void (*ban)(void *context, const struct ban_event *event);
	void (*unban)(void *context, const struct ban *ban);
	/* a rule's fuse has blown: from this ban on its bans are only told, see enum would */
	void (*fuse)(void *context, const struct rule *rule, const struct fuse_state *state);
};

struct engine_options {
	struct filters *filters;
	const struct ignore_ip *ignore;
	const struct jail *jails;
	uint32_t jails_n;
	const char *const *hosts; /* see ignore_host.h: whose hits do not count; NULL for none */
	struct spare_rule spare;
	struct fuse_rule fuse; /* within 0: none */
	size_t memory; /* bound for windows, bans, sessions and who is spared together, bytes */
	struct seed seed;
	int64_t since, until; /* records of other times are left out; 0 and INT64_MAX for all */
	struct engine_events events;
};

struct engine_counts {
	uint64_t lines;
	uint64_t records; /* lines with a header that we know */
	uint64_t unknown; /* records of programs that no filter reads */
	uint64_t lost;	  /* messages that the log's own writers say they dropped, see dropped.h */
	uint64_t outside; /* records before since or after until */
	uint64_t matched; /* records that a rule took */
	uint64_t hits;	  /* offences, weighted; companions and ignored clients not counted */
	uint64_t companions; /* weights not counted, since a stronger line counted */
	uint64_t ignored;    /* hits of ignored clients */
	uint64_t banned;     /* hits of clients while they were banned, in each jail */
	uint64_t stopped;  /* hits, weighted, of clients that a jail which guards them had banned */
	uint64_t accepted; /* mails */
	uint64_t bans;
	uint64_t would;	 /* bans that were only told */
	uint64_t spared; /* hits that would have made a ban, of clients that are spared */
};

struct engine_losses {
	uint64_t evicted_windows, evicted_bans, evicted_sessions, evicted_spared, evicted_past;
	uint64_t gave_up; /* matches at PCRE2's limits */
	uint64_t torn;	  /* records that may be the rest of a line that was cut */
};

/* All that was forgotten for want of memory. */
static inline uint64_t engine_evicted(const struct engine_losses *losses)
{
	return losses->evicted_windows + losses->evicted_bans + losses->evicted_sessions +
	       losses->evicted_spared + losses->evicted_past;
}

/* ENGINE_LEAST_MEMORY is what the smallest tables need. */
enum { ENGINE_LEAST_MEMORY = 256 * 1024 };

/*
 * All that the options point to must outlive the engine.
 * Returns 0 and sets *out (free with engine_free()), -EINVAL when memory is too small for the jails, or -ENOMEM.
 */
int engine_new(struct engine **out, const struct engine_options *options);
void engine_free(struct engine *engine);

/* One line through the whole pipeline. arrival: see log_clock_step(). Returns 0 or -ENOMEM. */
int engine_line(struct engine *engine, struct log_source *source, struct span line,
		int64_t arrival);

/* The same for a record that came in parts, see record_fields(); its text is not needed afterwards. */
int engine_record(struct engine *engine, struct log_source *source, const struct record *record,
		  int64_t arrival);

/* A hit that somebody else found, from ignoreip on. In time order, between lines or without any. */
void engine_hit(struct engine *engine, const struct hit *hit);

/* The end of a source: lets through what it held back. Returns 0 or -ENOMEM. */
int engine_end(struct engine *engine, struct log_source *source);

/* Ends the bans that are over, some hundreds at a call (see engine_next()). Lines do the same as they come. */
void engine_advance(struct engine *engine, int64_t now);

/* When engine_advance() has something to end; INT64_MAX for never. */
int64_t engine_next(const struct engine *engine);

/*
 * While on, hits fill windows and nobody is judged or told: for reading again what was judged before a restart.
 * Lines still make sessions.
 */
void engine_fill(struct engine *engine, bool on);

/*
 * A ban that is over, whose time may be read once more: hits of its prefix in that jail from before its `until`, when it ended,
 * do not count, neither to fill nor to be judged. Until engine_settle(): all that was there is read. Takes memory
 * for as many as may be in force. Returns 0 or -ENOMEM.
 */
int engine_over(struct engine *engine, const struct ban *ban);
void engine_settle(struct engine *engine);

/* A ban by somebody else's word, a person's or the ledger's. No event tells of it. */
void engine_ban(struct engine *engine, const struct ban *ban);

/* Ends a ban and forgets the hits of its prefix in that jail. Returns 1 and sets *ended, or 0; no event tells of it. */
int engine_unban(struct engine *engine, const struct prefix *prefix, uint32_t jail,
		 struct ban *ended);

/*
 * A new engine takes over an old one's windows, bans and counts: the old jail j is jail_map[j] now, UINT32_MAX: it is
 * gone, its bans with it; rules likewise. What sessions hold is left behind. Nothing is told. Without `bans` those
 * in force, and what is known of earlier ones, are left behind, too.
 */
void engine_inherit(struct engine *engine, const struct engine *old, const uint32_t *jail_map,
		    const uint32_t *rule_map, bool bans);

/* To look at: the bans in force, and a client's hits in a jail's window. */
const struct bans *engine_bans(const struct engine *engine);
struct window_count engine_window(const struct engine *engine, const struct addr *addr,
				  uint32_t jail, int64_t now);

/* What a hit of this client in this jail would ban: the jail's prefix, or the client alone where that holds one who is ignored or spared. */
struct prefix engine_prefix(const struct engine *engine, const struct addr *addr, uint32_t jail);

/* Who is spared; NULL where nobody is. The caller may save and restore there. */
struct spare *engine_spare(const struct engine *engine);

/* How often prefixes were banned, for restoring; NULL where no ban grows. */
struct ban_history *engine_past(const struct engine *engine);

/* A rule's fuse; and to set it: FUSE_WHOLE ends the bans that it has held back. */
const struct fuse_state *engine_fuse(const struct engine *engine, size_t rule);
void engine_fuse_set(struct engine *engine, size_t rule, const struct fuse_state *state);

/*
 * The share of the sessions on a jail's ports that are in use, per cent; < 0: not known. When the jail begins to act, the bans
 * that it has held back are asked for again, by what is known now: one is carried out or, its rule's fuse having
 * blown, only told, and an event tells of it; or it ends, for its client is spared.
 */
void engine_pressure(struct engine *engine, uint32_t jail, int percent, int64_t now);
bool engine_acts(const struct engine *engine, uint32_t jail);

struct engine_counts engine_counts(const struct engine *engine);
struct engine_losses engine_losses(const struct engine *engine);

/* Clients under watch, each in each jail, and how many there is room for. */
uint32_t engine_watched(const struct engine *engine, uint32_t *room);

/* Time of the first and the last record; 0 when there was none. */
int64_t engine_first(const struct engine *engine);
int64_t engine_last(const struct engine *engine);

#endif
