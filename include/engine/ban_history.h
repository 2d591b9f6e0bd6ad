/* SPDX-License-Identifier: MIT */
/*
 * ban_history: how often a prefix was banned by a jail, one ban soon after another, so that bans can grow.
 * Bounded: when it is full, the prefix that was banned longest ago is evicted, and counted.
 */
#ifndef RELAYDAM_ENGINE_BAN_HISTORY_H
#define RELAYDAM_ENGINE_BAN_HISTORY_H

#include "util/addr.h"
#include "util/siphash.h"

struct ban_history;

/* Returns 0 and sets *out (free with ban_history_free()), -EINVAL or -ENOMEM. */
int ban_history_new(struct ban_history **out, uint32_t jails, size_t bytes,
		    const struct seed *seed);
void ban_history_free(struct ban_history *history);

/*
 * How many bans came before one that begins at `now`, each within `decay` microseconds of the end of the one
 * before it.
 */
uint32_t ban_history_bans(const struct ban_history *history, const struct prefix *prefix,
			  uint32_t jail, int64_t now, int64_t decay);

/* Records a ban from `since` to `until`. One not later than the last recorded is ignored. */
void ban_history_add(struct ban_history *history, const struct prefix *prefix, uint32_t jail,
		     int64_t since, int64_t until, int64_t decay);

/* Forgets the prefix: its next ban counts as the first. */
void ban_history_forget(struct ban_history *history, const struct prefix *prefix, uint32_t jail);

/* Copies into the empty `to`; jail j becomes jail_map[j], UINT32_MAX: left out. */
void ban_history_copy(struct ban_history *to, const struct ban_history *from,
		      const uint32_t *jail_map, uint32_t jails);

uint64_t ban_history_evicted(const struct ban_history *history);

#endif
