/* SPDX-License-Identifier: MIT */
/* enforcement: what is done when the engine, or a person, says ban or unban. */
#ifndef RELAYDAM_DAEMON_ENFORCEMENT_H
#define RELAYDAM_DAEMON_ENFORCEMENT_H

#include "daemon/daemon.h"

struct engine_events enforce_events(struct daemon *daemon);

/* Into the kernel at the next block_list_run(); what is over already, of an old log, is not. */
void enforce_block(struct daemon *daemon, const struct ban *ban);

/* A rule as the ledger names it, "filter/name", or the rule of that name; BANS_BY_WORD where there is none. */
struct rule_text {
	char text[256];
};
struct rule_text enforce_rule_text(const struct daemon *daemon, uint32_t rule);
uint32_t enforce_rule(const struct daemon *daemon, struct span text);

/* May a ban be in force under this configuration, or why not? jail: its index, UINT32_MAX for none. */
enum enforce_fit {
	ENFORCE_FIT,
	ENFORCE_NO_JAIL, /* its jail is gone */
	ENFORCE_IGNORED, /* the prefix holds an address of ignoreip, or of this machine */
	ENFORCE_WIDE,	 /* the jail bans smaller prefixes now */
	ENFORCE_FITS,
};
enum enforce_fit enforce_fit(const struct daemon *daemon, const struct prefix *prefix,
			     uint32_t jail);

/*
 * A ban of the ledger as the engine has it. Returns false when it is none of ours now: it does not fit, or a dry run made
 * it and this is none.
 */
bool enforce_read(const struct daemon *daemon, const struct ledger_ban *written, struct ban *ban);

/* A rule's fuse is whole again; who: by whose word. */
void enforce_mend(struct daemon *daemon, const struct rule *rule, int64_t uid);

/* It ends without an event: out of the kernel, and written down. */
void enforce_forget(struct daemon *daemon, const struct ban *ban);

/* A ban as the ledger has it, made nowhere; spans point into the jails' names and into *rule. */
struct ledger_ban enforce_written(const struct daemon *daemon, const struct ban *ban,
				  struct rule_text *rule);

/* Logs the bans since the last call: after the kernel was told, which does not wait for a log. */
void enforce_log(struct daemon *daemon);

#endif
