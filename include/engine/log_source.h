/* SPDX-License-Identifier: MIT */
/*
 * log_source: where lines come from. Takes a line apart, gives the record its time by the clock of its host, and keeps back
 * those whose time is not believed yet.
 */
#ifndef RELAYDAM_ENGINE_LOG_SOURCE_H
#define RELAYDAM_ENGINE_LOG_SOURCE_H

#include "engine/host_state.h"
#include "logline/log_clock.h"
#include "logline/record.h"

struct log_source;

/* Returns 0 and sets *out (free with log_source_free()), or -ENOMEM. */
int log_source_new(struct log_source **out, const struct log_clock_options *clock);
void log_source_free(struct log_source *source);

/* The filters that its last records were matched by go away: "last message repeated" counts for nothing now. */
void log_source_forget(struct log_source *source);
/* The clock that its records are stamped by was set: see log_clock_stepped(). */
void log_source_stepped(struct log_source *source, int64_t step);
struct log_clock_counts log_source_clock(const struct log_source *source);

/* As record_parse(). */
int log_source_line(struct log_source *source, struct span line, struct record *out);

/*
 * Sets the record's time. arrival: see log_clock_step(). Returns enum log_clock_outcome: with LOG_CLOCK_HOLD the source has a
 * copy of the record, with LOG_CLOCK_AGREED log_source_held() comes first; or -ENOMEM.
 */
int log_source_step(struct log_source *source, struct record *record, int64_t arrival);

/* The records held back, with their times, the first one first. Each is good until the next call. */
bool log_source_held(struct log_source *source, struct record *out);

/* No line follows: those held back are to be taken. */
void log_source_end(struct log_source *source);

/* The last record of this host's that a rule took. Good until the next call. */
struct last_match *log_source_last(struct log_source *source, struct span host);

#endif
