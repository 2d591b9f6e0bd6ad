/* SPDX-License-Identifier: MIT */
/*
 * ignore: the addresses and prefixes that are never banned.
 *
 * Kept as sorted ranges that do not overlap, so that a question costs one binary
 * search whatever the number of prefixes. Built once for a configuration, then only read.
 */
#ifndef RELAYDAM_IGNORE_H
#define RELAYDAM_IGNORE_H

#include "util/addr.h"

struct ignore;

/* Returns 0 and sets *out (free with ignore_free()), or -ENOMEM. */
int ignore_new(struct ignore **out, const struct prefix *prefixes, size_t n);
void ignore_free(struct ignore *ignore);

/* Is this very address ignored? */
bool ignore_has(const struct ignore *ignore, const struct addr *addr);

/* Does the prefix hold any ignored address? Then it must not be banned as a whole. */
bool ignore_touches(const struct ignore *ignore, const struct prefix *prefix);

#endif
