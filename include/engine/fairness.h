/* SPDX-License-Identifier: MIT */
/*
 * fairness: safeguards applied before a ban: known senders, escalating ban times, rules whose fuse has blown, load-dependent
 * jails. Internal to the engine.
 */
#ifndef RELAYDAM_ENGINE_FAIRNESS_H
#define RELAYDAM_ENGINE_FAIRNESS_H

#include "engine/ban_history.h"
#include "engine/bans.h"
#include "engine/fuse.h"
#include "engine/jail.h"
#include "engine/spare.h"

struct fairness {
	const struct jail *jails; /* of the engine */
	uint32_t jails_n;
	struct spare_rule rule;
	struct spare *spare;	     /* known senders; NULL: not used */
	struct ban_history *history; /* NULL: no jail has a bantime_factor */
	struct fuse *fuse;
	bool *busy; /* by jail: the server is busy, see jail.when_busy */
};

struct fairness_options {
	const struct jail *jails;
	uint32_t jails_n;
	size_t rules;
	struct spare_rule spare;
	struct fuse_rule fuse;
	size_t sixteenth; /* of the memory, bytes */
	const struct seed *seed;
};

/* How many sixteenths of the memory fairness_new() takes with these options. */
unsigned fairness_sixteenths(const struct fairness_options *options);

/* Returns 0, -EINVAL or -ENOMEM. Call fairness_free() in any case; *fairness is zeroed before. */
int fairness_new(struct fairness *fairness, const struct fairness_options *options);
void fairness_free(struct fairness *fairness);

bool fairness_spared(const struct fairness *fairness, const struct addr *addr, int64_t now);

/* Does the prefix contain a known sender, so that this jail must not ban it as a whole? */
bool fairness_holds(const struct fairness *fairness, uint32_t jail, const struct prefix *prefix,
		    int64_t now);

/* Number of hits that lead to a ban; higher for a known sender. */
uint32_t fairness_limit(const struct fairness *fairness, uint32_t jail, bool spared);

/* The length of a ban that begins now, microseconds. Unless `would`, the ban is added to the history. */
int64_t fairness_bantime(struct fairness *fairness, uint32_t jail, const struct prefix *prefix,
			 int64_t now, bool would);

/* Adds to the history a ban that was held back before. */
void fairness_banned(struct fairness *fairness, const struct ban *ban);

/* See engine_set_load(). Returns true when the jail begins to act. */
bool fairness_set_load(struct fairness *fairness, uint32_t jail, int percent);

#endif
