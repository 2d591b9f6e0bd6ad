/* SPDX-License-Identifier: MIT */
/*
 * window: the last hit times of each (prefix, jail).
 *
 * Exact: a prefix has reached the limit when its last `maxretry` hits lie within `findtime`. A
 * distinct window counts values: a hit with a value that is in the window only renews the time of
 * that value.
 *
 * Times are stored in chunks of eight, from a pool shared by all prefixes, so memory depends on the
 * hits, not on maxretry. It is bounded by a number of bytes. When it is used up and no entry is
 * stale, the prefix whose last hit is oldest is evicted, and counted. So a prefix is evicted
 * between two of its hits only if enough others to fill the memory had hits since the first:
 * window_capacity() prefixes, or six tenths of that if many have more than eight hits within
 * findtime, which take a second chunk.
 */
#ifndef RELAYDAM_ENGINE_WINDOW_H
#define RELAYDAM_ENGINE_WINDOW_H

#include "util/addr.h"
#include "util/siphash.h"

struct window;

/* The parameters of a jail's windows. */
struct window_rule {
	uint32_t maxretry; /* 1 to WINDOW_MAXRETRY hits */
	int64_t findtime;  /* microseconds */
	uint32_t most;	   /* most hits kept, see window_add(); if less than maxretry: maxretry */
	bool distinct;	   /* counts different values */
};

enum {
	WINDOW_MAXRETRY = 100000,
	WINDOW_LEAST_BYTES = 65536,
	WINDOW_EXPIRE = 512,
};

/*
 * rules[jail] for each jail; copied. bytes is the bound for everything that grows, at least
 * WINDOW_LEAST_BYTES. It must hold maxretry times of the jail with the most: -EINVAL otherwise.
 * Returns 0 and sets *out (free with window_free()), -EINVAL or -ENOMEM.
 */
int window_new(struct window **out, const struct window_rule *rules, uint32_t jails, size_t bytes,
	       const struct seed *seed);
void window_free(struct window *window);

/* What the window holds after a hit. */
struct window_count {
	uint32_t hits;	/* hits kept that lie within findtime */
	int64_t oldest; /* time of the oldest of them, microseconds */
};

struct window_add {
	/* Number of hits that it counts as, at most `keep`; 1 for a value in a distinct window. */
	uint32_t weight;
	uint32_t keep;	/* number of hits to keep, at most rule.most */
	uint64_t value; /* what a distinct window counts; 0: none, and every hit counts */
};

/* Adds a hit at `now`, which must not run backwards, and returns what the window holds. */
struct window_count window_add(struct window *window, const struct prefix *prefix, uint32_t jail,
			       const struct window_add *add, int64_t now);

/* Returns what the window holds at `now`. Changes nothing. */
struct window_count window_look(const struct window *window, const struct prefix *prefix,
				uint32_t jail, int64_t now);

/*
 * Copies all hits into the empty `to`, whose rules may differ: jail j becomes jail_map[j], UINT32_MAX: left out.
 */
void window_copy(struct window *to, const struct window *from, const uint32_t *jail_map);

/* Removes the hits of one prefix in one jail: a ban empties the window. */
void window_empty(struct window *window, const struct prefix *prefix, uint32_t jail);

/*
 * Removes entries whose hits are all older than findtime, at most WINDOW_EXPIRE. Returns true if
 * there may be more.
 */
bool window_expire(struct window *window, int64_t now);

uint32_t window_clients(const struct window *window);

/* Number of entries that fit into the memory. */
uint32_t window_capacity(const struct window *window);
uint64_t window_evicted(const struct window *window);

#endif
