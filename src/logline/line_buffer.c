/* SPDX-License-Identifier: MIT */
#include "logline/line_buffer.h"

#include <errno.h>
#include <stdlib.h>

struct line_buffer {
	size_t start, end; /* of the bytes not yet returned */
	bool skipping;	   /* within the rest of a line that was cut */
	uint64_t cut;
	char bytes[LINE_BUFFER_LINE + LINE_BUFFER_BLOCK];
};

int line_buffer_new(struct line_buffer **out)
{
	struct line_buffer *buf = malloc(sizeof(*buf));

	if (!buf)
		return -ENOMEM;
	buf->start = buf->end = 0;
	buf->skipping = false;
	buf->cut = 0;
	*out = buf;
	return 0;
}

void line_buffer_free(struct line_buffer *buf)
{
	free(buf);
}

char *line_buffer_space(struct line_buffer *buf)
{
	size_t left = buf->end - buf->start;

	/* line_buffer_next() leaves at most LINE_BUFFER_LINE bytes behind. */
	memmove(buf->bytes, buf->bytes + buf->start, left);
	buf->start = 0;
	buf->end = left;
	return buf->bytes + left;
}

void line_buffer_added(struct line_buffer *buf, size_t n)
{
	buf->end += n;
}

static void take_line(struct line_buffer *buf, size_t n, bool newline, struct span *line)
{
	line->p = buf->bytes + buf->start;
	line->n = n;
	if (n > LINE_BUFFER_LINE) {
		line->n = LINE_BUFFER_LINE;
		buf->cut++;
	} else if (n > 0 && line->p[n - 1] == '\r') {
		line->n--;
	}
	buf->start += n + newline;
}

/* A line that is too long already: returns its start and skips to its newline. */
static int take_cut(struct line_buffer *buf, struct span *line)
{
	line->p = buf->bytes + buf->start;
	line->n = LINE_BUFFER_LINE;
	buf->start = buf->end;
	buf->skipping = true;
	buf->cut++;
	return 1;
}

int line_buffer_next(struct line_buffer *buf, struct span *line)
{
	for (;;) {
		const char *from = buf->bytes + buf->start;
		size_t left = buf->end - buf->start;
		const char *newline = memchr(from, '\n', left);

		if (!newline && buf->skipping)
			buf->start = buf->end;
		if (!newline && !buf->skipping && left > LINE_BUFFER_LINE)
			return take_cut(buf, line);
		if (!newline)
			return 0;
		if (!buf->skipping) {
			take_line(buf, (size_t)(newline - from), true, line);
			return 1;
		}
		buf->skipping = false;
		buf->start += (size_t)(newline - from) + 1;
	}
}

int line_buffer_last(struct line_buffer *buf, struct span *line)
{
	size_t left = buf->end - buf->start;

	if (left == 0 || buf->skipping) {
		buf->skipping = false;
		return 0;
	}
	take_line(buf, left, false, line);
	return 1;
}

size_t line_buffer_left(const struct line_buffer *buf)
{
	return buf->end - buf->start;
}

struct span line_buffer_given(const struct line_buffer *buf)
{
	return (struct span){ buf->bytes, buf->start };
}

void line_buffer_restart(struct line_buffer *buf, bool inside)
{
	buf->start = buf->end = 0;
	buf->skipping = inside;
}

uint64_t line_buffer_cut(const struct line_buffer *buf)
{
	return buf->cut;
}
