/* SPDX-License-Identifier: MIT */
/*
 * series: how much happened when. Counts by bins of equal length; when the log turns out longer than
 * they reach, two bins become one, so memory is bounded and any length fits.
 */
#ifndef RELAYDAM_SERIES_H
#define RELAYDAM_SERIES_H

#include <stddef.h>
#include <stdint.h>

enum series_kind {
	SERIES_HITS,	/* offences, weighted */
	SERIES_STOPPED, /* those of them that bans would have kept out */
	SERIES_BANS,
	SERIES_ACCEPTED, /* mails */
	SERIES_KINDS,
};

enum { SERIES_BINS = 4096 }; /* a week by bins of five minutes */

struct series;

int series_new(struct series **out); /* 0 or -ENOMEM; free with series_free() */
void series_free(struct series *series);

/* Times are microseconds since 1970. What is older than the first time that was seen counts for that. */
void series_add(struct series *series, enum series_kind kind, int64_t time, uint64_t n);

/* The bins from the first time seen to the last; 0 when nothing was added. */
size_t series_bins(const struct series *series);

/* Length of a bin and start of the first one, microseconds. */
int64_t series_width(const struct series *series);
int64_t series_start(const struct series *series);

uint64_t series_at(const struct series *series, enum series_kind kind, size_t bin);

/* The sum over the part from `from` to `to` (0 to 1) of all bins, a part of a bin counted as that part. */
double series_sum(const struct series *series, enum series_kind kind, double from, double to);

#endif
