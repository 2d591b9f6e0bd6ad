/* SPDX-License-Identifier: MIT */
/* zone: a time zone, as a function from local time to UTC. */
#ifndef RELAYDAM_UTIL_ZONE_H
#define RELAYDAM_UTIL_ZONE_H

#include <stdint.h>

struct zone {
	/*
	 * Converts a local time to UTC, both in microseconds since 1970. Must be a pure function of
	 * its arguments. When summer time ends, a local time occurs twice: then the one nearest to
	 * `near` is returned.
	 */
	int64_t (*utc)(const struct zone *zone, int64_t local, int64_t near);
	int64_t east; /* microseconds east of UTC, for zone_fixed_utc() */
};

/* utc() of a zone that is always `east` microseconds east of UTC. In timezone.c. */
int64_t zone_fixed_utc(const struct zone *zone, int64_t local, int64_t near);

#endif
