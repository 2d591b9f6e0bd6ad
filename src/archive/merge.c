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
	struct span line; /* the next one, if `ready` */
	int64_t time;	  /* of that line */
	int64_t latest;	  /* later times are false: the file was not written to after that */
	bool ready, ended;
};

struct merge {
	size_t n;
	const char *error;
	struct branch branches[];
};

/* Opens the set that begins at inputs->list[at]. Returns its number of files, or -ENOMEM. */
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
	struct merge *merge = calloc(1, sizeof(*merge) + inputs->sets * sizeof(struct branch));
	struct log_clock_options clock = { .zone = zone, .year = year };
	ssize_t r;

	if (!merge)
		return -ENOMEM;
	for (size_t at = 0; at < inputs->n; at += (size_t)r) {
		r = branch_new(&merge->branches[merge->n++], inputs, at, clock);
		if (r < 0) {
			merge_free(merge);
			return (int)r;
		}
	}
	*out = merge;
	return 0;
}

void merge_free(struct merge *merge)
{
	if (!merge)
		return;
	for (size_t i = 0; i < merge->n; i++) {
		set_reader_free(merge->branches[i].reader);
		log_clock_free(merge->branches[i].clock);
	}
	free(merge);
}

static int next_of(struct merge *merge, struct branch *branch)
{
	int r = set_reader_next(branch->reader, &branch->line);

	if (r < 0)
		merge->error = set_reader_error(branch->reader);
	return r;
}

/* A line without a time, or with an impossible one, keeps the time of the line before it. */
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
static int make_ready(struct merge *merge, struct branch *branch)
{
	int r = next_of(merge, branch);

	if (r < 0)
		return r;
	branch->ended = r == 0;
	branch->ready = r > 0;
	if (r > 0)
		take_time(branch);
	return 0;
}

int merge_next(struct merge *merge, struct span *line)
{
	struct branch *first = NULL;

	if (merge->n == 1) {
		int r = next_of(merge, &merge->branches[0]);

		*line = merge->branches[0].line;
		return r;
	}
	for (size_t i = 0; i < merge->n; i++) {
		struct branch *branch = &merge->branches[i];
		int r = branch->ready || branch->ended ? 0 : make_ready(merge, branch);

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

const char *merge_error(const struct merge *merge)
{
	return merge->error;
}

uint64_t merge_position(const struct merge *merge)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < merge->n; i++)
		sum += set_reader_position(merge->branches[i].reader);
	return sum;
}

uint64_t merge_cut(const struct merge *merge)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < merge->n; i++)
		sum += set_reader_cut(merge->branches[i].reader);
	return sum;
}
