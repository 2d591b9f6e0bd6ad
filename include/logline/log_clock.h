/* SPDX-License-Identifier: MIT */
/*
 * log_clock: the clock of one source, driven by the stamps of its records.
 *
 * Windows live on log time, not on wall time. So that a step of the host's clock neither bans
 * nor forgives:
 *   - a host's step back of more than 5 s shifts its later times, and time goes on at its true pace;
 *     smaller ones (writers that overtake each other) are clamped;
 *   - as soon as the host's stamps fit without that shift, it is over: one late line, or two clocks that write in turn,
 *     never make time run ahead;
 *   - a step forward of more than an hour is believed when three records agree on it; until
 *     then the caller holds them back;
 *   - time never runs ahead of the records' arrival.
 * The times that it gives never run backwards. What was shifted and clamped is counted.
 */
#ifndef RELAYDAM_LOGLINE_LOG_CLOCK_H
#define RELAYDAM_LOGLINE_LOG_CLOCK_H

#include "util/timestamp.h"
#include "util/zone.h"

struct log_clock_options {
	const struct zone *zone; /* for stamps without a zone; must outlive the clock */
	int year; /* of the first record where its stamp has none; 0: from reference */
	int64_t reference; /* no record was written later than a day after this, or after its arrival; microseconds */
};

struct log_clock_counts {
	uint64_t shifted; /* steps back */
	uint64_t stepped; /* steps forward that were believed */
	uint64_t clamped; /* records whose time was not their own */
};

struct log_clock;

enum { LOG_CLOCK_SHIFTS = 3 };

/* How one host's clock is off, made of zeros. */
struct log_clock_shift {
	unsigned n;
	int64_t more
		[LOG_CLOCK_SHIFTS]; /* microseconds added to what its stamps say, after each step back; they grow */
};

enum { LOG_CLOCK_HELD = 2 };

/* Named outcomes of log_clock_step(). */
enum log_clock_outcome {
	LOG_CLOCK_NOW = 0,  /* *time is the record's */
	LOG_CLOCK_HOLD = 1, /* keep the record back; at most LOG_CLOCK_HELD of them */
	LOG_CLOCK_AGREED =
		2, /* first those held back, each at log_clock_held(), then this one at *time */
};

/* Returns 0 and sets *out (free with log_clock_free()), or -ENOMEM. */
int log_clock_new(struct log_clock **out, const struct log_clock_options *options);
void log_clock_free(struct log_clock *clock);

/* What the stamp says, in UTC, by the zone and the year that fit best; 0 for a stamp without time. */
int64_t log_clock_read(struct log_clock *clock, const struct timestamp *stamp);

/*
 * The record's time. shift: its host's, kept by the caller. arrival bounds it from above: the wall clock in live mode, INT64_MAX in
 * replay. LOG_CLOCK_AGREED also comes when the step turned out false: the held ones are clamped.
 */
int log_clock_step(struct log_clock *clock, struct log_clock_shift *shift,
		   const struct timestamp *stamp, int64_t arrival, int64_t *time);

/*
 * The clock that writes the stamps was set, by so much, and the one that arrivals are told by was not: what is stamped from now on
 * is `step` ahead of what it was, and its time is not.
 */
void log_clock_stepped(struct log_clock *clock, int64_t step);

/* After LOG_CLOCK_AGREED or log_clock_settle(): the time of the i-th record held back. */
int64_t log_clock_held(const struct log_clock *clock, unsigned i);

/* At the end of the input: believes the step that was pending. Returns how many were held. */
unsigned log_clock_settle(struct log_clock *clock);

struct log_clock_counts log_clock_counts(const struct log_clock *clock);

#endif
