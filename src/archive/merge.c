/* SPDX-License-Identifier: MIT */
#include "archive/merge.h"

#include <errno.h>
#include <stdlib.h>

#include "logline/record.h"
#include "set_reader.h"
#include "util/units.h"

struct branch {
	struct set_reader *reader;
	struct log_clock *clock;
	struct span line; /* the next one to give, if there is one */
	int64_t time;	  /* its own */
	int64_t latest;	  /* a later time is false: the file was not written to any more */
	bool ready, ended;
};

struct merge {
	size_t n;
	const char *error;
	struct branch branches[];
};

/* The set that begins at inputs->list[at]. Returns how many files it has, or -ENOMEM. */
static ssize_t branch_new(struct branch *branch, const struct input_files *inputs, size_t at,
			  struct log_clock_options clock)
{
	const struct input_file *first = &inputs->list[at];
	size_t n = 0;
	int r;

	clock.reference = first->mtime;
	while (at + n < inputs->n && first[n].set == first->set) {
		if (first[n].mtime > clock.reference)
			clock.reference = first[n].mtime;
		n++;
	}
	branch->time = INT64_MIN;
	branch->latest = clock.year > 0 ? INT64_MAX : clock.reference + UNITS_DAY;
	r = set_reader_new(&branch->reader, first, n);
	if (r == 0)
		r = log_clock_new(&branch->clock, &clock);
	return r < 0 ? r : (ssize_t)n;
}

int merge_new(struct merge **out, const struct input_files *inputs, const struct zone *zone,
	      int year)
{
	struct merge *stream = calloc(1, sizeof(*stream) + inputs->sets * sizeof(struct branch));
	struct log_clock_options clock = { .zone = zone, .year = year };
	ssize_t r;

	if (!stream)
		return -ENOMEM;
	for (size_t at = 0; at < inputs->n; at += (size_t)r) {
		r = branch_new(&stream->branches[stream->n++], inputs, at, clock);
		if (r < 0) {
			merge_free(stream);
			return (int)r;
		}
	}
	*out = stream;
	return 0;
}

void merge_free(struct merge *stream)
{
	if (!stream)
		return;
	for (size_t i = 0; i < stream->n; i++) {
		set_reader_free(stream->branches[i].reader);
		log_clock_free(stream->branches[i].clock);
	}
	free(stream);
}

static int next_of(struct merge *stream, struct branch *branch)
{
	int r = set_reader_next(branch->reader, &branch->line);

	if (r < 0)
		stream->error = set_reader_error(branch->reader);
	return r;
}

/* A line without a time, or with one that cannot be, goes with the one before it. */
static void take_time(struct branch *branch)
{
	struct record record;
	int64_t time;

	if (record_parse(branch->line, &record) > 0 || record.stamp.kind == TIMESTAMP_NONE)
		return;
	time = log_clock_read(branch->clock, &record.stamp);
	if (time <= branch->latest || branch->time == INT64_MIN)
		branch->time = time;
}

/* Reads the branch's next line. Returns 0 or -errno. */
static int make_ready(struct merge *stream, struct branch *branch)
{
	int r = next_of(stream, branch);

	if (r < 0)
		return r;
	branch->ended = r == 0;
	branch->ready = r > 0;
	if (r > 0)
		take_time(branch);
	return 0;
}

int merge_next(struct merge *stream, struct span *line)
{
	struct branch *first = NULL;

	if (stream->n == 1) {
		int r = next_of(stream, &stream->branches[0]);

		*line = stream->branches[0].line;
		return r;
	}
	for (size_t i = 0; i < stream->n; i++) {
		struct branch *branch = &stream->branches[i];
		int r = branch->ready || branch->ended ? 0 : make_ready(stream, branch);

		if (r < 0)
			return r;
		if (branch->ready && (!first || branch->time < first->time))
			first = branch;
	}
	if (!first)
		return 0;
	*line = first->line;
	first->ready = false;
	return 1;
}

const char *merge_error(const struct merge *stream)
{
	return stream->error;
}

uint64_t merge_position(const struct merge *stream)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < stream->n; i++)
		sum += set_reader_position(stream->branches[i].reader);
	return sum;
}

uint64_t merge_cut(const struct merge *stream)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < stream->n; i++)
		sum += set_reader_cut(stream->branches[i].reader);
	return sum;
}
