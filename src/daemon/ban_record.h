/* SPDX-License-Identifier: MIT */
/* ban_record: a ban as the engine has it and as the ledger has it, each made from the other. */
#ifndef RELAYDAM_DAEMON_BAN_RECORD_H
#define RELAYDAM_DAEMON_BAN_RECORD_H

#include "ledger/ledger.h"
#include "policy.h"

/* A rule as the ledger names it, "filter/name"; "" where there is none, as for a manual ban. */
struct rule_text {
	char text[256];
};
struct rule_text ban_record_rule_text(const struct policy *policy, uint32_t rule);

/* The index of the rule of that name; BANS_MANUAL where there is none. */
uint32_t ban_record_rule(const struct policy *policy, struct span text);

/* May a ban be in force under this policy, or why not? jail: its index, UINT32_MAX for none. */
enum ban_fit {
	BAN_FIT,
	BAN_NO_JAIL, /* its jail is gone */
	BAN_IGNORED, /* the prefix holds an address of ignoreip, or of this machine */
	BAN_WIDE,    /* the jail bans smaller prefixes now */
	BAN_FITS,
};
enum ban_fit ban_record_fit(const struct policy *policy, const struct prefix *prefix,
			    uint32_t jail);

/*
 * A ban of the ledger as the engine has it. `now` is the daemon's clock. Returns false when it does not belong to this policy:
 * it does not fit, or a dry run made it and this is none.
 */
bool ban_record_read(const struct policy *policy, const struct ledger_ban *written, int64_t now,
		     struct ban *ban);

/* A ban as the ledger has it, without a place in a log. Its spans point into the jails' names and into *rule. */
struct ledger_ban ban_record_write(const struct policy *policy, const struct ban *ban,
				   struct rule_text *rule);

#endif
