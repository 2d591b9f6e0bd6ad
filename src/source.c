/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <errno.h>
#include <stdlib.h>

struct held {
	struct record record;
	char *text; /* its */
};

struct source {
	struct log_clock *clock;
	struct record_header header; /* of the line before */
	struct origins origins;
	struct held held[LOG_CLOCK_HELD];
	unsigned held_n, given; /* the last one given is not freed yet */
};

int source_new(struct source **out, const struct log_clock_options *clock)
{
	struct source *source = calloc(1, sizeof(*source));
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

void source_free(struct source *source)
{
	if (!source)
		return;
	for (unsigned i = 0; i < LOG_CLOCK_HELD; i++)
		free(source->held[i].text);
	log_clock_free(source->clock);
	free(source);
}

void source_forget(struct source *source)
{
	for (unsigned i = 0; i < ORIGINS; i++)
		source->origins.place[i].last.valid = false;
}

void source_stepped(struct source *source, int64_t step)
{
	log_clock_stepped(source->clock, step);
}

struct log_clock_counts source_clock(const struct source *source)
{
	return log_clock_counts(source->clock);
}

int source_line(struct source *source, struct span line, struct record *out)
{
	return record_next(&source->header, line, out);
}

static int hold(struct source *source, const struct record *record)
{
	struct held *held = &source->held[source->held_n];
	int r = record_copy(record, &held->record, &held->text);

	if (r == 0)
		source->held_n++;
	return r;
}

int source_step(struct source *source, struct record *record, int64_t arrival)
{
	struct origin *origin = origin_of(&source->origins, record->host);
	int r = log_clock_step(source->clock, &origin->shift, &record->stamp, arrival,
			       &record->time);

	if (r == LOG_CLOCK_HOLD && hold(source, record) < 0)
		return -ENOMEM;
	return r;
}

bool source_held(struct source *source, struct record *out)
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

void source_end(struct source *source)
{
	log_clock_settle(source->clock);
}

struct remembered *source_last(struct source *source, struct span host)
{
	return &origin_of(&source->origins, host)->last;
}
