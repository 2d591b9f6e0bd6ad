/* SPDX-License-Identifier: MIT */
/* Do two inputs of a replay hold the same lines, as mail.log and mail.info may? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/input_files.h"
#include "archive/line_reader.h"
#include "logline/record.h"
#include "util/units.h"

#define TOLERANCE                                                                                  \
	(60 * UNITS_SECOND) /* after a rotation, programs write to the old file for a while */

enum { TAIL = 64 * 1024 };

static int refuse(struct input_files *inputs, const struct input_file *a,
		  const struct input_file *b, const char *why)
{
	snprintf(inputs->error, sizeof(inputs->error), "%.250s and %.250s %s", a->path, b->path,
		 why);
	return -EINVAL;
}

static bool same_file(const struct input_file *a, const struct input_file *b)
{
	return a->ino != 0 && a->ino == b->ino && a->dev == b->dev;
}

/* Do both begin with the same lines, as mail.log.1 and mail.log.1.gz do? */
static bool same_lines(const struct input_file *a, const struct input_file *b)
{
	unsigned n = a->head_n < b->head_n ? a->head_n : b->head_n;

	return a->first != INT64_MIN && a->first == b->first && a->head[n - 1] == b->head[n - 1];
}

static bool may_share_host(const struct input_file *a, const struct input_file *b)
{
	if (a->hostless || b->hostless)
		return true;
	for (unsigned i = 0; i < a->hosts_n; i++)
		for (unsigned j = 0; j < b->hosts_n; j++)
			if (a->hosts[i] == b->hosts[j])
				return true;
	return false;
}

struct search {
	struct log_clock *clock;
	int64_t limit;
	bool beyond; /* a record later than the limit was found */
};

static int search_line(void *context, struct span line)
{
	struct search *search = context;
	struct record record;

	if (record_parse(line, &record) == 0 && record.stamp.kind != TIMESTAMP_NONE)
		search->beyond = log_clock_read(search->clock, &record.stamp) > search->limit;
	return 0;
}

/* As search_line(), but stops at the first such record: for a file that is read from its start. */
static int search_on(void *context, struct span line)
{
	search_line(context, line);
	return ((struct search *)context)->beyond;
}

/* Of a plain file, the last lines are enough. */
static void search_tail(struct search *search, const struct input_file *input,
			struct line_buffer *buf)
{
	int fd = open(input->path, O_RDONLY | O_CLOEXEC);
	off_t at = input->size > TAIL ? (off_t)(input->size - TAIL) : 0;
	struct span line;
	ssize_t n;

	if (fd < 0)
		return;
	n = pread(fd, line_buffer_space(buf), TAIL, at);
	close(fd);
	if (n <= 0)
		return;
	line_buffer_added(buf, (size_t)n);
	if (at > 0)
		line_buffer_next(buf, &line); /* a partial line */
	while (line_buffer_next(buf, &line))
		search_line(search, line);
}

static void search_file(struct search *search, const struct input_file *input,
			struct line_buffer *buf)
{
	struct zfile *in;

	if (zfile_open(&in, input->path) < 0)
		return;
	if (zfile_packed(in))
		line_reader_read(in, buf, search_on, NULL, search);
	else
		search_tail(search, input, buf);
	zfile_close(in);
}

/* Has the file records later than `time` by more than TOLERANCE? Returns 1, 0 or -ENOMEM. */
static int goes_beyond(const struct input_file *input, int64_t time,
		       const struct input_files_options *options)
{
	struct log_clock_options clock = { .zone = options->zone,
					   .year = options->year,
					   .reference = input->mtime };
	struct search search = { .limit = time + TOLERANCE };
	struct line_buffer *buf;
	int r = line_buffer_new(&buf);

	if (r < 0)
		return r;
	r = log_clock_new(&search.clock, &clock);
	if (r == 0) {
		search_file(&search, input, buf);
		log_clock_free(search.clock);
	}
	line_buffer_free(buf);
	return r < 0 ? r : search.beyond;
}

/* Returns the file of the set at `at` that was being written at `time`, or NULL. */
static const struct input_file *written_at(const struct input_files *inputs, size_t at,
					   int64_t time)
{
	const struct input_file *found = NULL;
	size_t set = inputs->list[at].set;

	for (size_t i = at; i < inputs->n && inputs->list[i].set == set; i++)
		if (inputs->list[i].first != INT64_MIN && inputs->list[i].first <= time)
			found = &inputs->list[i];
	return found;
}

static int check_duplicates(struct input_files *inputs)
{
	for (size_t i = 0; i < inputs->n; i++)
		for (size_t j = i + 1; j < inputs->n; j++) {
			const struct input_file *a = &inputs->list[i], *b = &inputs->list[j];

			if (same_file(a, b))
				return refuse(inputs, a, b, "are the same file: give it once");
			if (same_lines(a, b))
				return refuse(
					inputs, a, b,
					"begin with the same lines, which would count twice: give one of them");
		}
	return 0;
}

/* Compares a file with the sets that had begun before it. */
static int check_sets(struct input_files *inputs, const struct input_file *b,
		      const struct input_files_options *options)
{
	for (size_t i = 0; i < inputs->n; i++) {
		const struct input_file *a;
		int r;

		if (inputs->list[i].set == b->set ||
		    (i > 0 && inputs->list[i].set == inputs->list[i - 1].set))
			continue;
		a = written_at(inputs, i, b->first);
		if (!a || !may_share_host(a, b))
			continue;
		r = goes_beyond(a, b->first, options);
		if (r < 0)
			return r;
		if (r > 0)
			return refuse(
				inputs, a, b,
				a->hostless || b->hostless
					? "overlap in time and may be of one host, as one of them names none, "
					  "so lines may count twice: give one of them, or say --overlap"
					: "are of one host and overlap in time, so lines may count twice: give one "
					  "of them, or say --overlap");
	}
	return 0;
}

int input_overlap(struct input_files *inputs, const struct input_files_options *options)
{
	int r = check_duplicates(inputs);

	for (size_t i = 0; r == 0 && !options->overlap && inputs->sets > 1 && i < inputs->n; i++)
		if (inputs->list[i].first != INT64_MIN)
			r = check_sets(inputs, &inputs->list[i], options);
	return r;
}
