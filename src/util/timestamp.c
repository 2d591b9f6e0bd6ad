/* SPDX-License-Identifier: MIT */
#include "util/timestamp.h"

#include "util/time_units.h"

int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
	/* Years begin in March here, so that the leap day is the last day of its year. */
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

bool civil_is_valid(int64_t year, unsigned month, unsigned day)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (unsigned)(month == 2 && leap);
}

/* ".123456": microseconds; further digits are dropped. */
static bool fraction(struct cursor *c, int64_t *us)
{
	int64_t unit = 100000;

	*us = 0;
	if (c->p == c->end || (*c->p != '.' && *c->p != ','))
		return true;
	c->p++;
	if (c->p == c->end || !is_digit(*c->p))
		return false;
	while (c->p < c->end && is_digit(*c->p)) {
		*us += (*c->p++ - '0') * unit;
		unit /= 10;
	}
	return true;
}

/* "23:30:45.123": microseconds of the day. A leap second counts as the second before. */
static bool clock_time(struct cursor *c, int64_t *us)
{
	unsigned hour, minute, second;
	int64_t part;

	if (!number(c, 2, 2, &hour) || !literal(c, ':') || !number(c, 2, 2, &minute) ||
	    !literal(c, ':') || !number(c, 2, 2, &second) || !fraction(c, &part))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	if (second == 60)
		second = 59;
	*us = ((hour * 60 + minute) * 60 + second) * UNITS_SECOND + part;
	return true;
}

/* "Z", "+01:00", "-0700", or nothing. Returns 1 with a zone, 0 without, -1 if it is broken. */
static int zone_offset(struct cursor *c, int64_t *us)
{
	unsigned hour, minute;
	bool east;

	if (literal(c, 'Z')) {
		*us = 0;
		return 1;
	}
	if (c->p == c->end || (*c->p != '+' && *c->p != '-'))
		return 0;
	east = *c->p++ == '+';
	if (!number(c, 2, 2, &hour))
		return -1;
	literal(c, ':');
	if (!number(c, 2, 2, &minute) || hour > 23 || minute > 59)
		return -1;
	*us = (hour * 60 + minute) * 60 * UNITS_SECOND;
	if (!east)
		*us = -*us;
	return 1;
}

/* The zone may follow at once or, if the separator is a blank, after a blank. */
bool timestamp_iso(struct cursor *c, char separator, struct timestamp *out)
{
	unsigned year, month, day;
	int64_t us, east = 0;
	int zoned;

	if (!number(c, 4, 4, &year) || !literal(c, '-') || !number(c, 2, 2, &month) ||
	    !literal(c, '-') || !number(c, 2, 2, &day) || !literal(c, separator) ||
	    !clock_time(c, &us) || !civil_is_valid(year, month, day))
		return false;
	if (separator == ' ' && c->end - c->p >= 6 && c->p[0] == ' ' &&
	    (c->p[1] == '+' || c->p[1] == '-') && is_digit(c->p[2]) && is_digit(c->p[5]))
		c->p++;
	zoned = zone_offset(c, &east);
	if (zoned < 0)
		return false;
	out->kind = zoned ? TIMESTAMP_UTC : TIMESTAMP_LOCAL;
	out->us = days_from_civil(year, month, day) * UNITS_DAY + us - east;
	return true;
}

static bool month_name(struct cursor *c, unsigned *month)
{
	static const char names[12][3] = {
		{ 'J', 'a', 'n' }, { 'F', 'e', 'b' }, { 'M', 'a', 'r' }, { 'A', 'p', 'r' },
		{ 'M', 'a', 'y' }, { 'J', 'u', 'n' }, { 'J', 'u', 'l' }, { 'A', 'u', 'g' },
		{ 'S', 'e', 'p' }, { 'O', 'c', 't' }, { 'N', 'o', 'v' }, { 'D', 'e', 'c' }
	};

	if (c->end - c->p < 3)
		return false;
	for (unsigned i = 0; i < 12; i++) {
		if (memcmp(c->p, names[i], 3) == 0) {
			c->p += 3;
			*month = i + 1;
			return true;
		}
	}
	return false;
}

bool timestamp_bsd(struct cursor *c, struct timestamp *out)
{
	unsigned month, day, year;
	bool dated;

	if (!month_name(c, &month) || !literal(c, ' '))
		return false;
	literal(c, ' ');
	if (!number(c, 1, 2, &day) || !literal(c, ' '))
		return false;
	dated = c->end - c->p > 5 && c->p[4] == ' ';
	if (dated && (!number(c, 4, 4, &year) || !literal(c, ' ')))
		return false;
	/* 2024 was a leap year: a 29th of February is possible until the year is known. */
	if (!civil_is_valid(dated ? year : 2024, month, day) || !clock_time(c, &out->us))
		return false;
	out->kind = dated ? TIMESTAMP_LOCAL : TIMESTAMP_YEARLESS;
	out->month = (uint8_t)month;
	out->day = (uint8_t)day;
	if (dated)
		out->us += days_from_civil(year, month, day) * UNITS_DAY;
	return true;
}

static bool hex(struct cursor *c, unsigned digits, uint64_t *out)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < digits; i++, c->p++) {
		char ch;

		if (c->p == c->end)
			return false;
		ch = *c->p;
		if (is_digit(ch))
			value = value << 4 | (uint64_t)(ch - '0');
		else if (ch >= 'a' && ch <= 'f')
			value = value << 4 | (uint64_t)(ch - 'a' + 10);
		else
			return false;
	}
	*out = value;
	return true;
}

/*
 * "@40000000" and 16 more digits: seconds and nanoseconds, TAI (cr.yp.to/libtai/tai64.html).
 * libtai adds 10 s to Unix time, and most writers ignore leap seconds; so 10 s are subtracted.
 */
bool timestamp_tai64n(struct cursor *c, struct timestamp *out)
{
	uint64_t seconds, nanoseconds;

	if (!literal(c, '@') || !hex(c, 16, &seconds) || !hex(c, 8, &nanoseconds))
		return false;
	if (seconds < (UINT64_C(1) << 62) + 10 ||
	    seconds > (UINT64_C(1) << 62) + (UINT64_C(1) << 38) || nanoseconds >= 1000000000)
		return false;
	out->kind = TIMESTAMP_UTC;
	out->us = (int64_t)(seconds - (UINT64_C(1) << 62) - 10) * UNITS_SECOND +
		  (int64_t)(nanoseconds / 1000);
	return true;
}
