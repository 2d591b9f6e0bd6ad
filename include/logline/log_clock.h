/* SPDX-License-Identifier: MIT */
/*
 * log_clock: the clock of one source, driven by the time stamps of its records.
 *
 * Windows use log time, not wall time. A step of the host's clock must neither ban nor forgive:
 *   - after a host's step back of more than 5 s its later stamps are shifted, so that time goes on at its true rate; smaller
 *     steps (writers that overtake each other) are clamped;
 *   - the shift ends as soon as the host's stamps fit without it: so one late line, or two clocks that write in turn, never
 *     make time run ahead;
 *   - a step forward of more than an hour is accepted when three records agree on it; until then the caller holds them back;
 *   - time never runs ahead of the arrival of records.
 * The resulting times never run backwards. Shifted and clamped records are counted.
 */
#ifndef RELAYDAM_LOGLINE_LOG_CLOCK_H
#define RELAYDAM_LOGLINE_LOG_CLOCK_H

#include "util/timestamp.h"
#include "util/zone.h"

struct log_clock_options {
	const struct zone *zone; /* for stamps without a zone; must outlive the clock */
	int year; /* of the first record, if its stamp has none; 0: derived from `reference` */
	/* No record was written more than a day after this, or after its arrival; microseconds since 1970. */
	int64_t reference;
};

struct log_clock_counts {
	uint64_t shifted; /* steps back */
	uint64_t stepped; /* steps forward that were accepted */
	uint64_t clamped; /* records that did not get their own time */
};

struct log_clock;

enum { LOG_CLOCK_SHIFTS = 3 };

/* The steps back of one host's clock that are still in force. Initialise it with zeros. */
struct log_clock_shift {
	unsigned n;
	/* Microseconds to add to its stamps, after each step back; increasing. */
	int64_t more[LOG_CLOCK_SHIFTS];
};

enum { LOG_CLOCK_HELD = 2 };

/* Results of log_clock_step(). */
enum log_clock_outcome {
	LOG_CLOCK_NOW = 0,  /* *time is the record's time */
	LOG_CLOCK_HOLD = 1, /* hold the record back; there are at most LOG_CLOCK_HELD of them */
	LOG_CLOCK_AGREED =
		2, /* first the held records, at log_clock_held(), then this one at *time */
};

/* Returns 0 and sets *out (free with log_clock_free()), or -ENOMEM. */
int log_clock_new(struct log_clock **out, const struct log_clock_options *options);
void log_clock_free(struct log_clock *clock);

/* Returns the stamp's time in UTC, with the zone and the most likely year; the previous stamp's time if it has none, 0 at first. */
int64_t log_clock_read(struct log_clock *clock, const struct timestamp *stamp);

/*
 * Determines the record's time. shift: of the record's host, kept by the caller. arrival: the upper bound, which is the wall clock in
 * live mode and INT64_MAX in a replay. LOG_CLOCK_AGREED is also returned when a step turned out to be false: then the
 * held records are clamped.
 */
int log_clock_step(struct log_clock *clock, struct log_clock_shift *shift,
		   const struct timestamp *stamp, int64_t arrival, int64_t *time);

/*
 * The clock that writes the stamps was set forward by `step` microseconds, while the clock of arrivals was not: `step` is subtracted
 * from later stamps.
 */
void log_clock_stepped(struct log_clock *clock, int64_t step);

/* Returns the time of the i-th held record, after LOG_CLOCK_AGREED or log_clock_settle(). */
int64_t log_clock_held(const struct log_clock *clock, unsigned i);

/* At the end of the input: accepts a pending step. Returns the number of held records. */
unsigned log_clock_settle(struct log_clock *clock);

struct log_clock_counts log_clock_counts(const struct log_clock *clock);

#endif
