/* SPDX-License-Identifier: MIT */
/*
 * source: where lines come from. Takes a line apart, gives the record its time by the clock of its host, and keeps back
 * those whose time is not believed yet.
 */
#ifndef RELAYDAM_SOURCE_H
#define RELAYDAM_SOURCE_H

#include "logline/log_clock.h"
#include "logline/record.h"
#include "origin.h"

struct source;

/* Returns 0 and sets *out (free with source_free()), or -ENOMEM. */
int source_new(struct source **out, const struct log_clock_options *clock);
void source_free(struct source *source);

/* The filters that its last records were matched by go away: "last message repeated" counts for nothing now. */
void source_forget(struct source *source);
/* The clock that its records are stamped by was set: see log_clock_stepped(). */
void source_stepped(struct source *source, int64_t step);
struct log_clock_counts source_clock(const struct source *source);

/* As record_parse(). */
int source_line(struct source *source, struct span line, struct record *out);

/*
 * Sets the record's time. arrival: see log_clock_step(). Returns enum log_clock_outcome: with LOG_CLOCK_HOLD the source has a
 * copy of the record, with LOG_CLOCK_AGREED source_held() comes first; or -ENOMEM.
 */
int source_step(struct source *source, struct record *record, int64_t arrival);

/* The records held back, with their times, the first one first. Each is good until the next call. */
bool source_held(struct source *source, struct record *out);

/* No line follows: those held back are to be taken. */
void source_end(struct source *source);

/* The last record of this host's that a rule took. Good until the next call. */
struct remembered *source_last(struct source *source, struct span host);

#endif
