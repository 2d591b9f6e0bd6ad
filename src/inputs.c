/* SPDX-License-Identifier: MIT */
#include "inputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lines.h"
#include "record.h"
#include "units.h"

struct peek {
	struct logtime *clock;
	int64_t first;
};

static int peek_line(void *context, struct span line)
{
	struct peek *peek = context;
	struct record record;

	if (record_parse(line, &record) > 0 || record.stamp.kind == STAMP_NONE)
		return 0;
	peek->first = logtime_read(peek->clock, &record.stamp);
	return 1;
}

static int64_t now_or(int64_t mtime)
{
	return mtime ? mtime : (int64_t)time(NULL) * UNITS_SECOND;
}

static int look_into(struct input *input, struct archive_in *in, struct logtime_options *options)
{
	struct peek peek = { .first = INT64_MIN };
	struct linebuf *buf;
	int r = linebuf_new(&buf);

	if (r < 0)
		return r;
	options->reference = input->mtime;
	r = logtime_new(&peek.clock, options);
	if (r == 0) {
		lines_read(in, buf, peek_line, NULL, &peek);
		logtime_free(peek.clock);
		input->first = peek.first;
	}
	linebuf_free(buf);
	return r;
}

static int input_peek(struct input *input, struct logtime_options *options)
{
	struct archive_in *in;
	int r;

	input->first = INT64_MIN;
	input->mtime = now_or(0);
	if (strcmp(input->path, "-") == 0 || archive_in_open(&in, input->path) < 0)
		return 0;
	input->size = archive_in_size(in);
	input->mtime = now_or(archive_in_mtime(in));
	r = look_into(input, in, options);
	archive_in_close(in);
	return r;
}

static int by_first(const void *a, const void *b)
{
	const struct input *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->position < y->position ? -1 : 1;
}

static bool all_known(const struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->n; i++)
		if (inputs->list[i].first == INT64_MIN)
			return false;
	return true;
}

static int input_add(struct inputs *inputs, const char *path, struct logtime_options *options)
{
	struct input *input = &inputs->list[inputs->n];
	int r;

	input->path = strdup(path);
	if (!input->path)
		return -ENOMEM;
	input->position = inputs->n++;
	r = input_peek(input, options);
	inputs->size += input->size;
	if (input->mtime > inputs->reference)
		inputs->reference = input->mtime;
	return r;
}

int inputs_gather(struct inputs *out, char *const *paths, size_t n, const struct zone *zone,
		  int year)
{
	struct logtime_options options = { .zone = zone, .year = year };
	int r = 0;

	*out = (struct inputs){ .list = calloc(n, sizeof(*out->list)) };
	if (!out->list)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = input_add(out, paths[i], &options);
	if (r < 0)
		inputs_free(out);
	else if (all_known(out))
		qsort(out->list, out->n, sizeof(*out->list), by_first);
	return r;
}

void inputs_free(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->n; i++)
		free(inputs->list[i].path);
	free(inputs->list);
	*inputs = (struct inputs){ 0 };
}
