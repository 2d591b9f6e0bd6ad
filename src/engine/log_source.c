/* SPDX-License-Identifier: MIT */
#include "engine/log_source.h"

#include <errno.h>
#include <stdlib.h>

struct held {
	struct record record;
	char *text; /* its */
};

struct log_source {
	struct log_clock *clock;
	struct record_header header; /* of the line before */
	struct host_states hosts;
	struct held held[LOG_CLOCK_HELD];
	unsigned held_n, given; /* the last one given is not freed yet */
};

int log_source_new(struct log_source **out, const struct log_clock_options *clock)
{
	struct log_source *source = calloc(1, sizeof(*source));
	int r;

	if (!source)
		return -ENOMEM;
	r = log_clock_new(&source->clock, clock);
	if (r < 0)
		free(source);
	else
		*out = source;
	return r;
}

void log_source_free(struct log_source *source)
{
	if (!source)
		return;
	for (unsigned i = 0; i < LOG_CLOCK_HELD; i++)
		free(source->held[i].text);
	log_clock_free(source->clock);
	free(source);
}

void log_source_forget(struct log_source *source)
{
	for (unsigned i = 0; i < HOST_STATES; i++)
		source->hosts.place[i].last.valid = false;
}

void log_source_stepped(struct log_source *source, int64_t step)
{
	log_clock_stepped(source->clock, step);
}

struct log_clock_counts log_source_clock(const struct log_source *source)
{
	return log_clock_counts(source->clock);
}

int log_source_line(struct log_source *source, struct span line, struct record *out)
{
	return record_next(&source->header, line, out);
}

static int hold(struct log_source *source, const struct record *record)
{
	struct held *held = &source->held[source->held_n];
	int r = record_copy(record, &held->record, &held->text);

	if (r == 0)
		source->held_n++;
	return r;
}

int log_source_step(struct log_source *source, struct record *record, int64_t arrival)
{
	struct host_state *host = host_state_of(&source->hosts, record->host);
	int r = log_clock_step(source->clock, &host->shift, &record->stamp, arrival, &record->time);

	if (r == LOG_CLOCK_HOLD && hold(source, record) < 0)
		return -ENOMEM;
	return r;
}

bool log_source_held(struct log_source *source, struct record *out)
{
	if (source->given > 0) {
		free(source->held[source->given - 1].text);
		source->held[source->given - 1].text = NULL;
	}
	if (source->given == source->held_n) {
		source->given = source->held_n = 0;
		return false;
	}
	*out = source->held[source->given].record;
	out->time = log_clock_held(source->clock, source->given++);
	return true;
}

void log_source_end(struct log_source *source)
{
	log_clock_settle(source->clock);
}

struct last_match *log_source_last(struct log_source *source, struct span host)
{
	return &host_state_of(&source->hosts, host)->last;
}
