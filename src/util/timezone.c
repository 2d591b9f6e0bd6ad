/* SPDX-License-Identifier: MIT */
#include "util/timezone.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util/array.h"
#include "util/cursor.h"
#include "util/time_units.h"

int64_t zone_fixed_utc(const struct zone *zone, int64_t local, int64_t near)
{
	(void)near;
	return local - zone->east;
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static bool same_civil_time(time_t utc, const struct tm *want)
{
	struct tm tm;

	return localtime_r(&utc, &tm) && tm.tm_min == want->tm_min && tm.tm_hour == want->tm_hour &&
	       tm.tm_mday == want->tm_mday;
}

/*
 * Where summer time ends a local time occurs twice, and mktime() returns one of the two. The other
 * one is found by trying the usual shifts. (mktime() with the other tm_isdst would find it, too,
 * but searches years for it where there is none, which takes a millisecond.)
 */
static int64_t local_utc(const struct zone *zone, int64_t local, int64_t near)
{
	static const int shifts[] = { -3600, -1800, 1800, 3600 };
	time_t seconds = (time_t)(local / UNITS_SECOND - (local % UNITS_SECOND < 0));
	int64_t part = local - (int64_t)seconds * UNITS_SECOND;
	struct tm tm, want;
	time_t first, best;

	(void)zone;
	if (!gmtime_r(&seconds, &tm))
		return local;
	want = tm;
	tm.tm_isdst = -1;
	first = best = mktime(&tm);
	if (best == (time_t)-1)
		return local;
	for (size_t i = 0; i < ARRAY_SIZE(shifts); i++) {
		time_t other = first + shifts[i];

		/*
		 * near may be INT64_MIN or INT64_MAX: halve it, so that the distance does not
		 * overflow
		 */
		if (same_civil_time(other, &want) &&
		    distance((int64_t)other * UNITS_SECOND / 2, near / 2) <
			    distance((int64_t)best * UNITS_SECOND / 2, near / 2))
			best = other;
	}
	return (int64_t)best * UNITS_SECOND + part;
}

static bool zone_exists(const char *name)
{
	char path[256];
	int n = snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);

	return n > 0 && (size_t)n < sizeof(path) && name[0] != '/' && !strstr(name, "..") &&
	       access(path, R_OK) == 0;
}

static int fixed(const char *name, struct zone *out)
{
	struct cursor c = cursor_of(span_of(name));
	unsigned hour, minute;
	bool east = *name == '+';

	c.p++;
	if (!number(&c, 2, 2, &hour))
		return -EINVAL;
	literal(&c, ':');
	if (!number(&c, 2, 2, &minute) || c.p != c.end || hour > 23 || minute > 59)
		return -EINVAL;
	out->utc = zone_fixed_utc;
	out->east = (int64_t)(hour * 60 + minute) * 60 * UNITS_SECOND * (east ? 1 : -1);
	return 0;
}

int timezone_set(const char *name, struct zone *out)
{
	struct zone zone = { .utc = local_utc };

	if (*name == '+' || *name == '-')
		return fixed(name, out);
	if (strcmp(name, "UTC") == 0) {
		zone.utc = zone_fixed_utc;
	} else if (strcmp(name, "local") == 0) {
		/* without TZ the C library checks this file at every call */
		setenv("TZ", ":/etc/localtime", 0);
	} else if (!zone_exists(name) || setenv("TZ", name, 1) < 0) {
		return -EINVAL;
	}
	tzset();
	*out = zone;
	return 0;
}
