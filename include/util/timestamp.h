/* SPDX-License-Identifier: MIT */
/* timestamp: parses the time in a line's header, which may lack the year and the zone. */
#ifndef RELAYDAM_UTIL_TIMESTAMP_H
#define RELAYDAM_UTIL_TIMESTAMP_H

#include <stdint.h>

#include "util/cursor.h"

enum timestamp_kind {
	TIMESTAMP_NONE,
	TIMESTAMP_YEARLESS, /* us counts from the start of the day, month and day are set */
	TIMESTAMP_LOCAL,    /* us counts from 1970 as if the local time were UTC */
	TIMESTAMP_UTC,	    /* us counts from 1970 */
};

/* The time as written in the header. */
struct timestamp {
	enum timestamp_kind kind;
	uint8_t month, day; /* 1 to 12, 1 to 31 */
	int64_t us;	    /* microseconds */
};

/* "2026-11-20", the separator, "23:30:45" with an optional fraction and zone. */
bool timestamp_iso(struct cursor *c, char separator, struct timestamp *out);

/* "Nov 20 23:30:45", "Jul  1 ", "Jul 1 ", "Jul 01 ", also with a year: "Nov 20 2026 23:30:45". */
bool timestamp_bsd(struct cursor *c, struct timestamp *out);

/* "@400000005fb8..." */
bool timestamp_tai64n(struct cursor *c, struct timestamp *out);

/* Days from 1970-01-01 to a day of the proleptic Gregorian calendar. */
int64_t days_from_civil(int64_t year, unsigned month, unsigned day);
bool civil_is_valid(int64_t year, unsigned month, unsigned day);

#endif
