/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive_in.h"
#include "logline/line_buffer.h"
#include "logline/record.h"

enum {
	HEADER = 512, /* bytes that show whether a line has a header */
};

struct reader {
	const struct input *inputs;
	size_t n, next;	       /* the next one to open */
	struct archive_in *in; /* NULL between files */
	struct line_buffer *buf;
	bool fresh;	/* nothing was read of this file yet */
	size_t waiting; /* bytes of its first block, behind the unfinished line before it */
	uint64_t lines; /* of this file so far */
	uint64_t done;	/* bytes of the files that are done */
	int failed;
	char error[READER_TEXT];
};

int reader_new(struct reader **out, const struct input *inputs, size_t n)
{
	struct reader *reader = calloc(1, sizeof(*reader));
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

void reader_free(struct reader *reader)
{
	if (!reader)
		return;
	archive_in_close(reader->in);
	line_buffer_free(reader->buf);
	free(reader);
}

static int open_next(struct reader *reader)
{
	const char *path = reader->inputs[reader->next++].path;
	int r = archive_in_open(&reader->in, path);

	reader->fresh = true;
	reader->lines = 0;
	if (r < 0) {
		reader->in = NULL;
		snprintf(reader->error, READER_TEXT, "%.300s: %s", path, strerror(-r));
	}
	return r;
}

static void close_this(struct reader *reader)
{
	reader->done += archive_in_position(reader->in);
	archive_in_close(reader->in);
	reader->in = NULL;
}

/* A block; the first one of a file so long that its header, if it has one, is in it. */
static ssize_t read_block(struct reader *reader, char *to)
{
	size_t have = 0;
	ssize_t n;

	do {
		n = archive_in_read(reader->in, to + have, LINE_BUFFER_BLOCK - have);
		if (n > 0)
			have += (size_t)n;
	} while (n > 0 && reader->fresh && have < HEADER && !memchr(to, '\n', have));
	/* an error comes again when there is nothing else to give */
	return have > 0 ? (ssize_t)have : n;
}

static bool begins_with_header(const char *p, size_t n)
{
	const char *newline = memchr(p, '\n', n);
	struct span line = { p, newline ? (size_t)(newline - p) : n };
	struct record record;

	return record_parse(line, &record) == 0;
}

/* The end of what can be read of this file: its unfinished line first, then the error. */
static int fail(struct reader *reader, int r, struct span *line)
{
	const char *path = reader->inputs[reader->next - 1].path;
	int last = line_buffer_last(reader->buf, line);

	reader->lines += (uint64_t)last;
	snprintf(reader->error, READER_TEXT, "%.300s: %s; the %llu lines before it were counted",
		 path, archive_in_error(reader->in), (unsigned long long)reader->lines);
	close_this(reader);
	if (!last)
		return r;
	reader->failed = r;
	return 1;
}

enum { MORE = 2 };

static int take_block(struct reader *reader, struct span *line)
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

/* Returns MORE when linebuf has more to give, else as reader_next(). */
static int fill(struct reader *reader, struct span *line)
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

int reader_next(struct reader *reader, struct span *line)
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

const char *reader_error(const struct reader *reader)
{
	return reader->error;
}

uint64_t reader_position(const struct reader *reader)
{
	return reader->done + (reader->in ? archive_in_position(reader->in) : 0);
}

uint64_t reader_cut(const struct reader *reader)
{
	return line_buffer_cut(reader->buf);
}
