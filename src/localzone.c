/* SPDX-License-Identifier: MIT */
#include "localzone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* mktime() of the local time, read as standard or as summer time; -1 for one that is not in force. */
static int64_t as(int64_t local, int dst)
{
	time_t seconds = (time_t)(local / SECOND - (local % SECOND < 0));
	struct tm tm;
	time_t utc;

	if (!gmtime_r(&seconds, &tm))
		return -1;
	tm.tm_isdst = dst;
	utc = mktime(&tm);
	if (utc == (time_t)-1 || (dst >= 0 && tm.tm_isdst != dst))
		return -1;
	return (int64_t)utc * SECOND + (local - (int64_t)seconds * SECOND);
}

static int64_t local_utc(const struct zone *zone, int64_t local, int64_t near)
{
	int64_t standard = as(local, 0), summer = as(local, 1);

	(void)zone;
	if (standard == -1 && summer == -1) {
		int64_t any = as(local, -1); /* an hour that summer time leaves out */

		return any == -1 ? local : any;
	}
	if (standard == -1)
		return summer;
	if (summer == -1)
		return standard;
	/* near may be at the ends of what fits: halve before taking the distance */
	return distance(standard / 2, near / 2) <= distance(summer / 2, near / 2) ? standard
										  : summer;
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
	out->east = (int64_t)(hour * 60 + minute) * 60 * SECOND * (east ? 1 : -1);
	return 0;
}

int localzone_set(const char *name, struct zone *out)
{
	struct zone zone = { .utc = local_utc };

	if (*name == '+' || *name == '-')
		return fixed(name, out);
	if (strcmp(name, "UTC") == 0) {
		zone.utc = zone_fixed_utc;
	} else if (strcmp(name, "local") != 0) {
		if (!zone_exists(name) || setenv("TZ", name, 1) < 0)
			return -EINVAL;
	}
	tzset();
	*out = zone;
	return 0;
}
