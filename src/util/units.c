/* SPDX-License-Identifier: MIT */
#include "util/units.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/array.h"
#include "util/timestamp.h"

#define DAY_SECONDS 86400
#define MOST (INT64_C(10) * 366 * UNITS_DAY)

static const struct unit {
	const char *name;
	int64_t us;
} units[] = {
	/* "ms" must come before "m": the first name that matches is taken */
	{ "ms", 1000 },	     { "s", UNITS_SECOND }, { "m", UNITS_MINUTE },
	{ "h", UNITS_HOUR }, { "d", UNITS_DAY },    { "w", 7 * UNITS_DAY },
};

static const struct unit *unit_at(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strncmp(text, units[i].name, strlen(units[i].name)) == 0)
			return &units[i];
	return NULL;
}

int duration_parse(const char *text, int64_t *us)
{
	struct cursor c = cursor_of(span_of(text));
	int64_t sum = 0;

	do {
		const struct unit *unit;
		unsigned n;

		if (!number(&c, 1, 9, &n))
			return -EINVAL;
		unit = unit_at(c.p);
		if (!unit || (n > 0 && unit->us > MOST / n))
			return -EINVAL;
		sum += unit->us * n;
		c.p += strlen(unit->name);
	} while (c.p < c.end && sum <= MOST);
	if (sum <= 0 || sum > MOST)
		return -EINVAL;
	*us = sum;
	return 0;
}

int size_parse(const char *text, size_t *bytes)
{
	struct cursor c = cursor_of(span_of(text));
	unsigned shift = 0, n;

	if (!number(&c, 1, 9, &n))
		return -EINVAL;
	if (literal(&c, 'K'))
		shift = 10;
	else if (literal(&c, 'M'))
		shift = 20;
	else if (literal(&c, 'G'))
		shift = 30;
	if (c.p != c.end || (size_t)n > SIZE_MAX >> (shift + 1))
		return -EINVAL;
	*bytes = (size_t)n << shift;
	return 0;
}

int time_parse(const char *text, const struct zone *zone, int64_t *us)
{
	static const char *const tails[] = { "", ":00", " 00:00:00" };
	struct timestamp stamp;
	char buf[64];

	for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
		struct cursor c;
		int n = snprintf(buf, sizeof(buf), "%s%s", text, tails[i]);

		if (n < 0 || (size_t)n >= sizeof(buf))
			return -EINVAL;
		for (int t = 0; t < 2; t++) {
			c = cursor_of(span_of(buf));
			if (!timestamp_iso(&c, t ? ' ' : 'T', &stamp) || c.p != c.end)
				continue;
			*us = stamp.kind == TIMESTAMP_UTC ? stamp.us
							  : zone->utc(zone, stamp.us, stamp.us);
			return 0;
		}
	}
	return -EINVAL;
}

/* Whole days since 1970, rounded down, to a date (the inverse of days_from_civil()). */
static void civil_from_days(int64_t days, int64_t *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = yoe + era * 400 + (*month <= 2);
}

static int write_time(int64_t us, char separator, char *buf)
{
	int64_t seconds = us / UNITS_SECOND - (us % UNITS_SECOND < 0);
	int64_t days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
	int second = (int)(seconds - days * DAY_SECONDS);
	int64_t year;
	int month, day;

	civil_from_days(days, &year, &month, &day);
	return snprintf(buf, TIME_TEXT, "%04d-%02d-%02d%c%02d:%02d:%02d", (int)year, month, day,
			separator, second / 3600, second / 60 % 60, second % 60);
}

const char *time_rfc3339(int64_t us, char buf[static TIME_TEXT])
{
	int n = write_time(us, 'T', buf);
	int part = (int)((us % UNITS_SECOND + UNITS_SECOND) % UNITS_SECOND);

	if (part)
		snprintf(buf + n, (size_t)(TIME_TEXT - n), ".%06dZ", part);
	else
		snprintf(buf + n, (size_t)(TIME_TEXT - n), "Z");
	return buf;
}

int64_t time_offset(int64_t us, const struct zone *zone)
{
	/*
	 * A zone only converts local time to UTC. So guess the local time and correct it by the
	 * error, twice, as the first guess may be on the other side of a change of summer time.
	 */
	int64_t local = us;

	for (int i = 0; i < 2; i++)
		local += us - zone->utc(zone, local, us);
	return local - us;
}

const char *time_local(int64_t us, const struct zone *zone, char buf[static TIME_TEXT])
{
	write_time(us + time_offset(us, zone), ' ', buf);
	return buf;
}

const char *duration_format(int64_t us, char buf[static DURATION_TEXT])
{
	int64_t s = us / UNITS_SECOND;

	if (s < 60)
		snprintf(buf, DURATION_TEXT, "%ds", (int)s);
	else if (s < 3600)
		snprintf(buf, DURATION_TEXT, "%dm%02ds", (int)(s / 60), (int)(s % 60));
	else if (s < DAY_SECONDS)
		snprintf(buf, DURATION_TEXT, "%dh%02dm", (int)(s / 3600), (int)(s / 60 % 60));
	else
		snprintf(buf, DURATION_TEXT, "%dd%02dh", (int)(s / DAY_SECONDS),
			 (int)(s / 3600 % 24));
	return buf;
}
