/* SPDX-License-Identifier: MIT */
/*
 * time_series: counts over time, in bins of equal width. When the log is longer than the bins
 * reach, pairs of bins are merged, so memory is bounded and logs of any length fit.
 */
#ifndef RELAYDAM_REPLAY_TIME_SERIES_H
#define RELAYDAM_REPLAY_TIME_SERIES_H

#include <stddef.h>
#include <stdint.h>

enum time_series_kind {
	TIME_SERIES_HITS,    /* offences, weighted */
	TIME_SERIES_STOPPED, /* those of them that bans would have stopped */
	TIME_SERIES_BANS,
	TIME_SERIES_ACCEPTED, /* mails */
	TIME_SERIES_KINDS,
};

enum { TIME_SERIES_BINS = 4096 }; /* a bin is 2^n seconds wide: 12 days in bins of 256 s */

struct time_series;

int time_series_new(struct time_series **out); /* 0 or -ENOMEM; free with time_series_free() */
void time_series_free(struct time_series *series);

/*
 * Adds n. Times are microseconds since 1970; one before the first call's time counts as that time.
 */
void time_series_add(struct time_series *series, enum time_series_kind kind, int64_t time,
		     uint64_t n);

/* Number of bins from the first time to the last; 0 if nothing was added. */
size_t time_series_bins(const struct time_series *series);

/* Width of a bin, and start of the first one, in microseconds. */
int64_t time_series_width(const struct time_series *series);
int64_t time_series_start(const struct time_series *series);

/* The count of one bin; 0 beyond the last one. */
uint64_t time_series_at(const struct time_series *series, enum time_series_kind kind, size_t bin);

/*
 * The sum over the part from `from` to `to` (0 to 1) of all bins; partial bins count in proportion.
 */
double time_series_sum(const struct time_series *series, enum time_series_kind kind, double from,
		       double to);

#endif
