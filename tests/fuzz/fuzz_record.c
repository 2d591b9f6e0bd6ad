/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a log: spans stay inside the line, repeats in bounds, time does not run backwards, and the line
 * before changes nothing.
 */
#include <stdlib.h>

#include "engine/host_state.h"
#include "logline/line_buffer.h"
#include "logline/log_clock.h"
#include "logline/record.h"

static void inside(struct span s, struct span line)
{
	if (s.n > 0 && (s.p < line.p || s.p + s.n > line.p + line.n))
		abort();
}

static bool same(struct span a, struct span b)
{
	return a.p == b.p && a.n == b.n;
}

static void as_alone(struct record_header *header, struct span line, const struct record *alone)
{
	struct record r;

	record_next(header, line, &r);
	if (!same(r.host, alone->host) || !same(r.message, alone->message) ||
	    !span_equal(r.program, alone->program) || r.form != alone->form ||
	    r.pid != alone->pid || r.repeat != alone->repeat ||
	    r.last_repeated != alone->last_repeated || r.stamp.us != alone->stamp.us ||
	    r.stamp.kind != alone->stamp.kind || r.stamp.month != alone->stamp.month ||
	    r.stamp.day != alone->stamp.day)
		abort();
}

static int64_t one_line(struct log_clock *clock, struct host_states *origins,
			struct record_header *header, struct span line, int64_t last)
{
	struct record r;
	int64_t time;

	record_parse(line, &r);
	as_alone(header, line, &r);
	inside(r.host, line);
	inside(r.message, line);
	if (r.form != RECORD_OWN)
		inside(r.program, line);
	if (r.repeat < 1)
		abort();
	if (r.repeat > RECORD_MOST_REPEATS)
		abort();
	if (r.form == RECORD_NONE || log_clock_step(clock, &host_state_of(origins, r.host)->shift,
						    &r.stamp, INT64_MAX, &time) == LOG_CLOCK_HOLD)
		return last;
	if (time < last)
		abort();
	return time;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct zone zone = { .utc = zone_fixed_utc };
	struct log_clock_options options = { .zone = &zone, .year = size % 2 ? 2026 : 0 };
	struct record_header header = { 0 };
	struct host_states origins = { 0 };
	struct log_clock *clock;
	struct line_buffer *buf;
	struct span line;
	int64_t last = INT64_MIN;

	if (size > LINE_BUFFER_BLOCK || line_buffer_new(&buf) < 0 ||
	    log_clock_new(&clock, &options) < 0)
		return 0;
	if (size > 0)
		memcpy(line_buffer_space(buf), data, size);
	line_buffer_added(buf, size);
	while (line_buffer_next(buf, &line))
		last = one_line(clock, &origins, &header, line, last);
	if (line_buffer_last(buf, &line))
		one_line(clock, &origins, &header, line, last);
	log_clock_free(clock);
	line_buffer_free(buf);
	return 0;
}
