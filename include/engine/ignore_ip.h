/* SPDX-License-Identifier: MIT */
/*
 * ignore_ip: the addresses and prefixes that are never banned.
 *
 * Kept as sorted ranges that do not overlap, so that a lookup is one binary search. Built once for
 * a configuration, then only read.
 */
#ifndef RELAYDAM_ENGINE_IGNORE_IP_H
#define RELAYDAM_ENGINE_IGNORE_IP_H

#include "util/addr.h"

struct ignore_ip;

/* Returns 0 and sets *out (free with ignore_ip_free()), or -ENOMEM. */
int ignore_ip_new(struct ignore_ip **out, const struct prefix *prefixes, size_t n);
void ignore_ip_free(struct ignore_ip *ignore);

/* Is this address ignored? */
bool ignore_ip_has(const struct ignore_ip *ignore, const struct addr *addr);

/* Does the prefix contain an ignored address? Then the prefix must not be banned. */
bool ignore_ip_touches(const struct ignore_ip *ignore, const struct prefix *prefix);

#endif
