/* SPDX-License-Identifier: MIT */
/*
 * past: how often a prefix was banned by a jail, one ban soon after another, so that bans can grow.
 * Bounded: when it is full, what was banned longest ago is forgotten, and counted.
 */
#ifndef RELAYDAM_PAST_H
#define RELAYDAM_PAST_H

#include "util/addr.h"
#include "util/siphash.h"

struct past;

/* Returns 0 and sets *out (free with past_free()), -EINVAL or -ENOMEM. */
int past_new(struct past **out, uint32_t jails, size_t bytes, const struct seed *seed);
void past_free(struct past *past);

/*
 * How many bans came before one that begins at `now`, each within `decay` microseconds of the end of the one
 * before it.
 */
uint32_t past_bans(const struct past *past, const struct prefix *prefix, uint32_t jail, int64_t now,
		   int64_t decay);

/* A ban from `since` to `until`. */
void past_add(struct past *past, const struct prefix *prefix, uint32_t jail, int64_t since,
	      int64_t until, int64_t decay);

/* Somebody has let it go: its next ban is a first one. */
void past_forget(struct past *past, const struct prefix *prefix, uint32_t jail);

/* Into the empty `to`; jail j is jail_map[j] there, UINT32_MAX: left out. */
void past_copy(struct past *to, const struct past *from, const uint32_t *jail_map, uint32_t jails);

uint64_t past_evicted(const struct past *past);

#endif
