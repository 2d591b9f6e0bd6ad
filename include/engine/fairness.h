/* SPDX-License-Identifier: MIT */
/*
 * fairness: what stands between an offence and a ban so that honest mail is not lost: clients that are spared, bans
 * that grow, rules whose fuse has blown, jails that act only while the server is busy. Asked by the engine alone.
 */
#ifndef RELAYDAM_ENGINE_FAIRNESS_H
#define RELAYDAM_ENGINE_FAIRNESS_H

#include "engine/ban_history.h"
#include "engine/bans.h"
#include "engine/fuse.h"
#include "engine/jail.h"
#include "engine/spare.h"

struct fairness {
	const struct jail *jails; /* somebody else's */
	uint32_t jails_n;
	struct spare_rule rule;
	struct spare *spare;	     /* NULL: nobody is spared */
	struct ban_history *history; /* NULL: no ban grows */
	struct fuse *fuse;
	bool *busy; /* by jail: it acts, see jail.when_busy */
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

/* How many sixteenths fairness_new() takes: none where nothing is asked for. */
unsigned fairness_sixteenths(const struct fairness_options *options);

/* Zeroed before. Returns 0, -EINVAL or -ENOMEM; fairness_free() takes what is half made, too. */
int fairness_new(struct fairness *fairness, const struct fairness_options *options);
void fairness_free(struct fairness *fairness);

bool fairness_spared(const struct fairness *fairness, const struct addr *addr, int64_t now);

/* Must the prefix not be banned as a whole, in this jail? */
bool fairness_holds(const struct fairness *fairness, uint32_t jail, const struct prefix *prefix,
		    int64_t now);

/* Hits that a ban takes. */
uint32_t fairness_limit(const struct fairness *fairness, uint32_t jail, bool spared);

/* How long a ban lasts that begins now. Of a ban that was carried out, remembers it. */
int64_t fairness_bantime(struct fairness *fairness, uint32_t jail, const struct prefix *prefix,
			 int64_t now, bool would);

/* A ban that was only told is carried out: remembers it, as after a restart. */
void fairness_banned(struct fairness *fairness, const struct ban *ban);

/* The share of the jail's sessions that are in use, per cent; < 0: not known. Returns true when the jail begins to act. */
bool fairness_set_load(struct fairness *fairness, uint32_t jail, int percent);

#endif
