/* SPDX-License-Identifier: MIT */
/* engine_decide: from a hit to a ban, or to none. */
#ifndef RELAYDAM_ENGINE_ENGINE_DECIDE_H
#define RELAYDAM_ENGINE_ENGINE_DECIDE_H

#include "engine_state.h"

/*
 * The prefix that jail j counts this address under: the jail's width; a single client where that prefix contains a known
 * sender (see spare.h), a single address where it contains an ignored one.
 */
struct prefix decide_prefix(const struct engine *engine, uint32_t j, const struct addr *addr,
			    int64_t now);

/* Is the prefix wider than one client (an IPv4 address, an IPv6 /64)? */
bool decide_is_wide(const struct prefix *prefix);

/* Counts the hit in jail j; bans the client if that was one too many. Returns false when it was banned already. */
bool decide_hit(struct engine *engine, uint32_t j, const struct hit *hit);

/* Counts an accepted mail in the bans that its client is under. Returns true when one of these is carried out. */
bool decide_mail(const struct engine *engine, const struct addr *addr, int64_t now);

/* A mail was accepted: records it for `spare`. Ends the bans of wide prefixes around a client that is a known sender now. */
void decide_learn(struct engine *engine, const struct hit *hit);

/* Reports the ban to the fuse of the hit's rule. Returns WOULD_FUSE when the fuse has blown, else WOULD_NOT. */
enum would decide_fuse(struct engine *engine, const struct jail *jail, const struct hit *hit,
		       bool spared);

/* Adds the ban to the table and emits its event. */
void decide_add(struct engine *engine, const struct ban_event *event);

#endif
