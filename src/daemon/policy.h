/* SPDX-License-Identifier: MIT */
/*
 * policy: a configuration in force, with all that is made from it alone: the addresses that are never banned, jails, engine,
 * block lists. A reload makes a new one and drops the old one.
 */
#ifndef RELAYDAM_DAEMON_POLICY_H
#define RELAYDAM_DAEMON_POLICY_H

#include "config/config.h"
#include "enforce/block_list.h"
#include "engine/engine.h"
#include "util/siphash.h"

struct policy {
	struct config *config;
	bool dry_run;
	struct ignore_ip *ignore; /* the configuration's and this machine's own addresses */
	struct jail *jails;
	uint32_t jails_n;
	const struct jail_conf *jail_confs[CONFIG_JAILS]; /* by jail, in config */
	struct engine *engine;
	struct blocker *blockers[CONFIG_BLOCKERS];
	struct block_list *block_lists[CONFIG_BLOCKERS]; /* one a blocker */
	size_t blockers_n;
};

struct policy_options {
	bool dry_run; /* whatever the configuration says */
	const struct seed *seed;
	struct engine_events events; /* their context must outlive the policy */
};

/*
 * Two steps, so that the engine can be filled before the kernel is asked. policy_new() takes the configuration over in any case.
 * Returns 0 and sets *out (free with policy_free()), or -errno: -EINVAL when table_memory is too small for the jails.
 */
int policy_new(struct policy **out, struct config *config, const struct policy_options *options);

/* Opens the blockers. Returns 0 or -errno; -ENOENT: a list cannot be used, policy_blocker_error() has the remedy. */
int policy_open_blockers(struct policy *policy, const struct seed *seed, int64_t now);
const char *policy_blocker_error(const struct policy *policy);

/* Closes the blockers; the lists in the kernel stay as they are. NULL is fine. */
void policy_free(struct policy *policy);

/* The index of the jail of that name, UINT32_MAX for none. */
uint32_t policy_jail(const struct policy *policy, struct span name);

/* How far back the windows look: the longest findtime, microseconds. */
int64_t policy_findtime(const struct policy *policy);

/* Where the bans of this jail are carried out. */
struct block_list *policy_block_list(const struct policy *policy, uint32_t jail);
const struct blocker *policy_blocker(const struct policy *policy, uint32_t jail);

/* Has the blocker an entry for this ban? Not for one that only reports, nor for less than the width of its entries: that would
 * block the neighbours. */
bool policy_can_block(const struct policy *policy, const struct ban *ban);

#endif
