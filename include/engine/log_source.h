/* SPDX-License-Identifier: MIT */
/*
 * log_source: where lines come from. Parses a line, gives the record its time by the clock of its host, and holds back records
 * whose time is not certain yet.
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

/* Drops the last match of each host: call before the filters are freed. A following "last message repeated" is ignored. */
void log_source_forget(struct log_source *source);
/* The machine's clock was set by `step` microseconds: see log_clock_stepped(). */
void log_source_stepped(struct log_source *source, int64_t step);
struct log_clock_counts log_source_clock(const struct log_source *source);

/* As record_parse(). */
int log_source_line(struct log_source *source, struct span line, struct record *out);

/*
 * Sets the record's time. arrival: see log_clock_step(). Returns enum log_clock_outcome: with LOG_CLOCK_HOLD the source has a
 * copy of the record, with LOG_CLOCK_AGREED log_source_held() comes first; or -ENOMEM.
 */
int log_source_step(struct log_source *source, struct record *record, int64_t arrival);

/* Takes out the records that were held back, oldest first, with their times. Each is valid until the next call. */
bool log_source_held(struct log_source *source, struct record *out);

/* No line follows: the records held back can be taken. */
void log_source_end(struct log_source *source);

/* The last match of this host. Valid until the next call. */
struct last_match *log_source_last(struct log_source *source, struct span host);

#endif
