/* SPDX-License-Identifier: MIT */
/*
 * engine: the pipeline, from a line to a ban. The same for the daemon and for replay.
 *
 *     line -> record -> rule -> correlation -> hit -> window -> decision -> ban
 *
 * The engine reads no clock, opens no file and writes no log: the caller passes lines with their arrival time, and receives
 * bans through struct engine_events (engine_types.h). Several engines may exist in one process.
 * Deterministic: the same lines and the same configuration give the same events in the same order.
 *
 * All times are in microseconds since 1970.
 */
#ifndef RELAYDAM_ENGINE_ENGINE_H
#define RELAYDAM_ENGINE_ENGINE_H

#include "engine/engine_types.h"

struct engine;
struct log_source; /* see log_source.h */

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
