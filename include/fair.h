/* SPDX-License-Identifier: MIT */
/*
 * fair: what stands between an offence and a ban so that honest mail is not lost: clients that are spared, bans
 * that grow, rules whose fuse has blown, jails that act only while the server is busy. Asked by the engine alone.
 */
#ifndef RELAYDAM_FAIR_H
#define RELAYDAM_FAIR_H

#include "bans.h"
#include "fuse.h"
#include "jail.h"
#include "past.h"
#include "spare.h"

struct fair {
	const struct jail *jails; /* somebody else's */
	uint32_t jails_n;
	struct spare_rule rule;
	struct spare *spare; /* NULL: nobody is spared */
	struct past *past;   /* NULL: no ban grows */
	struct fuse *fuse;
	bool *busy; /* by jail: it acts, see jail.when_busy */
};

struct fair_options {
	const struct jail *jails;
	uint32_t jails_n;
	size_t rules;
	struct spare_rule spare;
	struct fuse_rule fuse;
	size_t sixteenth; /* of the memory, bytes */
	const struct seed *seed;
};

/* How many sixteenths fair_new() takes: none where nothing is asked for. */
unsigned fair_sixteenths(const struct fair_options *options);

/* Zeroed before. Returns 0, -EINVAL or -ENOMEM; fair_free() takes what is half made, too. */
int fair_new(struct fair *fair, const struct fair_options *options);
void fair_free(struct fair *fair);

bool fair_spared(const struct fair *fair, const struct addr *addr, int64_t now);

/* Must the prefix not be banned as a whole, in this jail? */
bool fair_holds(const struct fair *fair, uint32_t jail, const struct prefix *prefix, int64_t now);

/* Hits that a ban takes. */
uint32_t fair_limit(const struct fair *fair, uint32_t jail, bool spared);

/* How long a ban lasts that begins now. Of a ban that was carried out, remembers it. */
int64_t fair_bantime(struct fair *fair, uint32_t jail, const struct prefix *prefix, int64_t now,
		     bool would);

/* A ban that was only told is carried out: remembers it, as after a restart. */
void fair_banned(struct fair *fair, const struct ban *ban);

/* The share of the jail's sessions that are in use, per cent; < 0: not known. Returns true when the jail begins to act. */
bool fair_pressure(struct fair *fair, uint32_t jail, int percent);

#endif
