/* SPDX-License-Identifier: MIT */
#include "linebuf.h"

#include <errno.h>
#include <stdlib.h>

struct linebuf {
	size_t start, end; /* of the bytes not yet handed out */
	bool skipping;	   /* inside the rest of a line that was cut */
	uint64_t cut;
	char bytes[LINEBUF_LINE + LINEBUF_BLOCK];
};

int linebuf_new(struct linebuf **out)
{
	struct linebuf *buf = malloc(sizeof(*buf));

	if (!buf)
		return -ENOMEM;
	buf->start = buf->end = 0;
	buf->skipping = false;
	buf->cut = 0;
	*out = buf;
	return 0;
}

void linebuf_free(struct linebuf *buf)
{
	free(buf);
}

char *linebuf_space(struct linebuf *buf)
{
	size_t left = buf->end - buf->start;

	/* linebuf_next() leaves at most LINEBUF_LINE bytes behind. */
	memmove(buf->bytes, buf->bytes + buf->start, left);
	buf->start = 0;
	buf->end = left;
	return buf->bytes + left;
}

void linebuf_added(struct linebuf *buf, size_t n)
{
	buf->end += n;
}

static void give(struct linebuf *buf, size_t n, bool newline, struct span *line)
{
	line->p = buf->bytes + buf->start;
	line->n = n;
	if (n > LINEBUF_LINE) {
		line->n = LINEBUF_LINE;
		buf->cut++;
	} else if (n > 0 && line->p[n - 1] == '\r') {
		line->n--;
	}
	buf->start += n + newline;
}

/* The start of a line that is too long already: hand out its start, skip to its newline. */
static int give_cut(struct linebuf *buf, struct span *line)
{
	line->p = buf->bytes + buf->start;
	line->n = LINEBUF_LINE;
	buf->start = buf->end;
	buf->skipping = true;
	buf->cut++;
	return 1;
}

int linebuf_next(struct linebuf *buf, struct span *line)
{
	for (;;) {
		const char *from = buf->bytes + buf->start;
		size_t left = buf->end - buf->start;
		const char *newline = memchr(from, '\n', left);

		if (!newline && buf->skipping)
			buf->start = buf->end;
		if (!newline && !buf->skipping && left > LINEBUF_LINE)
			return give_cut(buf, line);
		if (!newline)
			return 0;
		if (!buf->skipping) {
			give(buf, (size_t)(newline - from), true, line);
			return 1;
		}
		buf->skipping = false;
		buf->start += (size_t)(newline - from) + 1;
	}
}

int linebuf_last(struct linebuf *buf, struct span *line)
{
	size_t left = buf->end - buf->start;

	if (left == 0 || buf->skipping) {
		buf->skipping = false;
		return 0;
	}
	give(buf, left, false, line);
	return 1;
}

size_t linebuf_left(const struct linebuf *buf)
{
	return buf->end - buf->start;
}

struct span linebuf_given(const struct linebuf *buf)
{
	return (struct span){ buf->bytes, buf->start };
}

void linebuf_restart(struct linebuf *buf, bool inside)
{
	buf->start = buf->end = 0;
	buf->skipping = inside;
}

uint64_t linebuf_cut(const struct linebuf *buf)
{
	return buf->cut;
}
