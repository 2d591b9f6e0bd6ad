/* SPDX-License-Identifier: MIT */
#include "set_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/zfile.h"
#include "logline/line_buffer.h"
#include "logline/record.h"

enum {
	HEADER = 512, /* bytes that show whether a line has a header */
};

struct set_reader {
	const struct input_file *inputs;
	size_t n, next;	  /* `next`: the next one to open */
	struct zfile *in; /* NULL between files */
	struct line_buffer *buf;
	bool fresh; /* nothing was read of this file yet */
	size_t waiting; /* bytes of its first block, kept while the partial line before it is returned */
	uint64_t lines; /* of this file so far */
	uint64_t done;	/* bytes of the files that are done */
	int failed;
	char error[SET_READER_TEXT];
};

int set_reader_new(struct set_reader **out, const struct input_file *inputs, size_t n)
{
	struct set_reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return -ENOMEM;
	reader->inputs = inputs;
	reader->n = n;
	r = line_buffer_new(&reader->buf);
	if (r < 0)
		free(reader);
	else
		*out = reader;
	return r;
}

void set_reader_free(struct set_reader *reader)
{
	if (!reader)
		return;
	zfile_close(reader->in);
	line_buffer_free(reader->buf);
	free(reader);
}

static int open_next(struct set_reader *reader)
{
	const char *path = reader->inputs[reader->next++].path;
	int r = zfile_open(&reader->in, path);

	reader->fresh = true;
	reader->lines = 0;
	if (r < 0) {
		reader->in = NULL;
		snprintf(reader->error, SET_READER_TEXT, "%.300s: %s", path, strerror(-r));
	}
	return r;
}

static void close_this(struct set_reader *reader)
{
	reader->done += zfile_position(reader->in);
	zfile_close(reader->in);
	reader->in = NULL;
}

/* Reads a block. The first block of a file is long enough to hold a header. */
static ssize_t read_block(struct set_reader *reader, char *to)
{
	size_t have = 0;
	ssize_t n;

	do {
		n = zfile_read(reader->in, to + have, LINE_BUFFER_BLOCK - have);
		if (n > 0)
			have += (size_t)n;
	} while (n > 0 && reader->fresh && have < HEADER && !memchr(to, '\n', have));
	/* an error is returned by the next call as well */
	return have > 0 ? (ssize_t)have : n;
}

static bool begins_with_header(const char *p, size_t n)
{
	const char *newline = memchr(p, '\n', n);
	struct span line = { p, newline ? (size_t)(newline - p) : n };
	struct record record;

	return record_parse(line, &record) == 0;
}

/* Ends a file at damage: returns its partial line first, the error with the next call. */
static int fail(struct set_reader *reader, int r, struct span *line)
{
	const char *path = reader->inputs[reader->next - 1].path;
	int last = line_buffer_last(reader->buf, line);

	reader->lines += (uint64_t)last;
	snprintf(reader->error, SET_READER_TEXT,
		 "%.300s: %s; the %llu lines before it were counted", path, zfile_error(reader->in),
		 (unsigned long long)reader->lines);
	close_this(reader);
	if (!last)
		return r;
	reader->failed = r;
	return 1;
}

enum { MORE = 2 };

static int take_block(struct set_reader *reader, struct span *line)
{
	char *to = line_buffer_space(reader->buf);
	ssize_t n = read_block(reader, to);
	bool fresh = reader->fresh;

	if (n < 0)
		return fail(reader, (int)n, line);
	reader->fresh = false;
	if (n == 0) {
		close_this(reader);
		return MORE;
	}
	if (fresh && begins_with_header(to, (size_t)n) && line_buffer_last(reader->buf, line)) {
		reader->waiting = (size_t)n;
		return 1;
	}
	line_buffer_added(reader->buf, (size_t)n);
	return MORE;
}

/* Returns MORE if the line buffer got more bytes, else as set_reader_next(). */
static int fill(struct set_reader *reader, struct span *line)
{
	int r = reader->failed;

	reader->failed = 0;
	if (r < 0)
		return r;
	if (reader->waiting > 0) {
		line_buffer_added(reader->buf, reader->waiting);
		reader->waiting = 0;
		return MORE;
	}
	if (!reader->in && reader->next == reader->n)
		return line_buffer_last(reader->buf, line);
	if (!reader->in)
		r = open_next(reader);
	return r < 0 ? r : take_block(reader, line);
}

int set_reader_next(struct set_reader *reader, struct span *line)
{
	int r = MORE;

	while (r == MORE) {
		if (line_buffer_next(reader->buf, line)) {
			reader->lines++;
			return 1;
		}
		r = fill(reader, line);
	}
	return r;
}

const char *set_reader_error(const struct set_reader *reader)
{
	return reader->error;
}

uint64_t set_reader_position(const struct set_reader *reader)
{
	return reader->done + (reader->in ? zfile_position(reader->in) : 0);
}

uint64_t set_reader_cut(const struct set_reader *reader)
{
	return line_buffer_cut(reader->buf);
}
