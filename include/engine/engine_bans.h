/* SPDX-License-Identifier: MIT */
/*
 * engine_bans: bans that the engine did not decide by itself (manual ones, those restored after a restart), and bans that
 * it decided but holds back, because a fuse has blown or the server is not busy.
 */
#ifndef RELAYDAM_ENGINE_ENGINE_BANS_H
#define RELAYDAM_ENGINE_ENGINE_BANS_H

#include "engine/bans.h"
#include "engine/fuse.h"

struct engine;

/* All bans: those in force and those held back (see enum would). */
const struct bans *engine_bans(const struct engine *engine);

/* Inserts a ban that the engine did not decide: an operator's, or one restored from the ledger. Emits no `ban` event. */
void engine_ban(struct engine *engine, const struct ban *ban);

/*
 * Ends a ban before its time and forgets the hits and the ban history of its prefix in that jail. Returns 1 and sets *ended,
 * or 0 if there is none. Emits no event.
 */
int engine_unban(struct engine *engine, const struct prefix *prefix, uint32_t jail,
		 struct ban *ended);

/*
 * Registers an expired ban before old log lines are read again. Until engine_settle(), hits of its prefix in that jail dated
 * before ban->until are ignored: they neither fill windows nor trigger bans. Allocates, once, memory for as many bans as may
 * be in force. Returns 0 or -ENOMEM.
 */
int engine_add_expired(struct engine *engine, const struct ban *ban);

/* All old lines have been read: drops the expired bans. */
void engine_settle(struct engine *engine);

/* The state of a rule's fuse. Valid as long as the engine. */
const struct fuse_state *engine_fuse(const struct engine *engine, size_t rule);

/* Sets the state of a rule's fuse. FUSE_WHOLE ends the bans that the fuse has held back, with an `unban` event each. */
void engine_set_fuse(struct engine *engine, size_t rule, const struct fuse_state *state);

/*
 * Reports how busy the server is: the share of the sessions on a jail's ports that are in use, per cent; < 0: unknown.
 * A jail with when = "busy" acts between its limits. When it begins to, each ban that it has held back is decided again: it is
 * carried out, or, if its rule's fuse has blown, held back for that reason (a `ban` event either way); or it ends, since its
 * client is a known sender by now.
 */
void engine_set_load(struct engine *engine, uint32_t jail, int percent, int64_t now);

/* Does the jail carry out its bans now? False only for a jail with when = "busy" while the server is not. */
bool engine_jail_acts(const struct engine *engine, uint32_t jail);

#endif
