/* SPDX-License-Identifier: MIT */
/*
 * time_series: how much happened when. Counts by bins of equal length; when the log turns out longer than
 * they reach, two bins become one, so memory is bounded and any length fits.
 */
#ifndef RELAYDAM_REPLAY_TIME_SERIES_H
#define RELAYDAM_REPLAY_TIME_SERIES_H

#include <stddef.h>
#include <stdint.h>

enum time_series_kind {
	TIME_SERIES_HITS,    /* offences, weighted */
	TIME_SERIES_STOPPED, /* those of them that bans would have kept out */
	TIME_SERIES_BANS,
	TIME_SERIES_ACCEPTED, /* mails */
	TIME_SERIES_KINDS,
};

enum { TIME_SERIES_BINS = 4096 }; /* a week by bins of five minutes */

struct time_series;

int time_series_new(struct time_series **out); /* 0 or -ENOMEM; free with time_series_free() */
void time_series_free(struct time_series *series);

/* Times are microseconds since 1970. What is older than the first time that was seen counts for that. */
void time_series_add(struct time_series *series, enum time_series_kind kind, int64_t time,
		     uint64_t n);

/* The bins from the first time seen to the last; 0 when nothing was added. */
size_t time_series_bins(const struct time_series *series);

/* Length of a bin and start of the first one, microseconds. */
int64_t time_series_width(const struct time_series *series);
int64_t time_series_start(const struct time_series *series);

uint64_t time_series_at(const struct time_series *series, enum time_series_kind kind, size_t bin);

/* The sum over the part from `from` to `to` (0 to 1) of all bins, a part of a bin counted as that part. */
double time_series_sum(const struct time_series *series, enum time_series_kind kind, double from,
		       double to);

#endif
