/* SPDX-License-Identifier: MIT */
/* enforcement: applies the engine's decisions to the kernel, the ledger and the log. */
#ifndef RELAYDAM_DAEMON_ENFORCEMENT_H
#define RELAYDAM_DAEMON_ENFORCEMENT_H

#include "engine/engine.h"
#include "ledger/ledger.h"

struct daemon;
struct policy;
struct ban_messages;

/* The engine's events, with the daemon as their context. */
struct engine_events enforce_events(struct daemon *daemon);

/* Queues the ban for the kernel, until the next block_list_run(). A ban that is over, from an old log, is left out. */
void enforce_block(struct daemon *daemon, const struct ban *ban);

/* Takes the ban's entry out of the kernel, as enforce_block(). */
void enforce_unblock(const struct policy *policy, const struct ban *ban);

/*
 * Ends a ban of this policy without an event of the engine: in the kernel, and as expired in the ledger. The engine is the
 * caller's business.
 */
void enforce_end(struct daemon *daemon, const struct policy *policy, const struct ban *ban);

/* Hands the end of a ban to the ledger. Returns as ledger_unban(), 0 without a ledger. uid: the operator's, -1 for none. */
int enforce_write_end(struct daemon *daemon, const struct policy *policy, const struct ban *ban,
		      enum ledger_how how, int64_t uid);

/*
 * Bans wait here for their line in the log: the kernel comes first, and must not wait for a log. enforce_log() writes them.
 */
int ban_messages_new(struct ban_messages **out);
void ban_messages_free(struct ban_messages *messages);
void enforce_log(struct daemon *daemon);

#endif
