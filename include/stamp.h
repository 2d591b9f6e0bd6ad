/* SPDX-License-Identifier: MIT */
/*
 * stamp: the time as a header says it, before anybody knows its year or its zone.
 */
#ifndef RELAYDAM_STAMP_H
#define RELAYDAM_STAMP_H

#include <stdint.h>

#include "cursor.h"

enum stamp_kind {
	STAMP_NONE,
	STAMP_YEARLESS, /* us counts from the start of the day, month and day are set */
	STAMP_LOCAL,	/* us counts from 1970 as if the local time were UTC */
	STAMP_UTC,	/* us counts from 1970 */
};

/* The time as the header says it. */
struct stamp {
	enum stamp_kind kind;
	uint8_t month, day; /* 1 to 12, 1 to 31 */
	int64_t us;	    /* microseconds */
};

/* "2026-11-20", the separator, "23:30:45" with an optional fraction and zone. */
bool stamp_iso(struct cursor *c, char separator, struct stamp *out);

/* "Nov 20 23:30:45", "Jul  1 ", "Jul 1 ", "Jul 01 ", also with a year: "Nov 20 2026 23:30:45". */
bool stamp_bsd(struct cursor *c, struct stamp *out);

/* "@400000005fb8..." */
bool stamp_tai64n(struct cursor *c, struct stamp *out);

/* Days from 1970-01-01 to a day of the proleptic Gregorian calendar. */
int64_t days_from_civil(int64_t year, unsigned month, unsigned day);
bool civil_is_valid(int64_t year, unsigned month, unsigned day);

#endif
