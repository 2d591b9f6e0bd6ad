/* SPDX-License-Identifier: MIT */
/* units: parses and formats durations, sizes and times. */
#ifndef RELAYDAM_UTIL_UNITS_H
#define RELAYDAM_UTIL_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "util/time_units.h"
#include "util/zone.h"

/* "90s", "10m", "1h30m", "7d", "1w", "500ms": microseconds, 1 ms to 10 years. Returns 0 or -EINVAL. */
int duration_parse(const char *text, int64_t *us);

/* "512K", "16M", "1G": bytes. Returns 0 or -EINVAL. */
int size_parse(const char *text, size_t *bytes);

/* RFC 3339, or "2026-11-20", "2026-11-20 23:30", "2026-11-20 23:30:45" in the zone. Returns 0 or -EINVAL. */
int time_parse(const char *text, const struct zone *zone, int64_t *us);

enum { TIME_TEXT = 40, DURATION_TEXT = 24 };

/* "2026-11-20T23:30:45Z"; microseconds are included if they are not 0. */
const char *time_rfc3339(int64_t us, char buf[static TIME_TEXT]);

/* "2026-11-20 23:30:45" in the zone. */
const char *time_local(int64_t us, const struct zone *zone, char buf[static TIME_TEXT]);

/* Local time minus UTC at that time, microseconds. */
int64_t time_offset(int64_t us, const struct zone *zone);

/* "45s", "3m10s", "2h05m", "3d04h" */
const char *duration_format(int64_t us, char buf[static DURATION_TEXT]);

#endif
