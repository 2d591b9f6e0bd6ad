/* SPDX-License-Identifier: MIT */
/*
 * bans: the table of bans, keyed by (prefix, jail), and a heap of them by the time of their end.
 *
 * Bounded: when it is full, the ban that would end first is evicted, and counted.
 */
#ifndef RELAYDAM_ENGINE_BANS_H
#define RELAYDAM_ENGINE_BANS_H

#include "util/addr.h"
#include "util/siphash.h"

struct bans;

#define BANS_MANUAL UINT32_MAX

/* Why a ban is held back: reported, but not carried out. */
enum would {
	WOULD_NOT,  /* it is carried out */
	WOULD_FUSE, /* its rule's fuse has blown */
	WOULD_BUSY, /* its jail waits until the server is busy */
};

/* "fuse" or "busy", "" for none. */
static inline const char *would_name(enum would would)
{
	static const char *const names[] = { "", "fuse", "busy" };

	return names[would];
}

struct ban {
	struct prefix prefix;
	enum would would : 8;
	uint32_t jail;	      /* index */
	int64_t since, until; /* microseconds; in force while since <= now < until */
	uint32_t rule;	/* index of the rule whose hit triggered it; BANS_MANUAL: an operator */
	uint32_t hits;	/* hits that counted for it */
	uint32_t mails; /* mails that the server accepted from it during the ban */
	uint32_t by;	/* uid of the operator who banned, plus 1; 0: banned by a rule */
};

/* Returns 0 and sets *out (free with bans_free()), -EINVAL or -ENOMEM. */
int bans_new(struct bans **out, uint32_t jails, size_t bytes, const struct seed *seed);
void bans_free(struct bans *bans);

bool bans_in_force(const struct bans *bans, const struct prefix *prefix, uint32_t jail,
		   int64_t now);

/* Adds a ban, or replaces that of the same prefix and jail. Returns 1 and sets *ended when another was evicted, else 0. */
int bans_add(struct bans *bans, const struct ban *ban, struct ban *ended);

/* Removes the ban that ends first, if its end is not after now. Returns 1 and sets *ended, or 0. */
int bans_expire(struct bans *bans, int64_t now, struct ban *ended);

/* The ban of exactly this prefix in this jail, also an expired one that is not removed yet; NULL: none. Valid until the next change. */
const struct ban *bans_find(const struct bans *bans, const struct prefix *prefix, uint32_t jail);

/* Removes a ban before its end. Returns 1 and sets *ended, or 0 when there is none. */
int bans_remove(struct bans *bans, const struct prefix *prefix, uint32_t jail, struct ban *ended);

/* When the next ban ends; INT64_MAX: there is none. */
int64_t bans_next(const struct bans *bans);

/* As bans_find(), for changing members other than prefix, jail, since and until. */
struct ban *bans_touch(struct bans *bans, const struct prefix *prefix, uint32_t jail);

/* All bans, i from 0 to bans_count() - 1, in no particular order. */
const struct ban *bans_at(const struct bans *bans, uint32_t i);

uint32_t bans_count(const struct bans *bans);
uint64_t bans_evicted(const struct bans *bans);

#endif
