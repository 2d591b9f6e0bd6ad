/* SPDX-License-Identifier: MIT */
/*
 * line_buffer: splits blocks of bytes into lines. The lines do not depend on where the blocks begin
 * and end.
 *
 * A line ends at \n; one \r before that is removed. A line of more than LINE_BUFFER_LINE bytes is
 * cut there, counted, and its rest skipped: the text of the server comes first in a line, that of a
 * client last. NUL and invalid UTF-8 pass through.
 */
#ifndef RELAYDAM_LOGLINE_LINE_BUFFER_H
#define RELAYDAM_LOGLINE_LINE_BUFFER_H

#include <stdint.h>

#include "util/span.h"

enum {
	LINE_BUFFER_LINE = 8192,
	LINE_BUFFER_BLOCK = 256 * 1024,
};

struct line_buffer;

/* Returns 0 and sets *out (free with line_buffer_free()), or -ENOMEM. */
int line_buffer_new(struct line_buffer **out);
void line_buffer_free(struct line_buffer *buf);

/*
 * Returns where to put the next block: room for at least LINE_BUFFER_BLOCK bytes. Call it only
 * after line_buffer_next() has returned 0; it invalidates the lines returned before. Then call
 * line_buffer_added() with the number of bytes that were put there.
 */
char *line_buffer_space(struct line_buffer *buf);
void line_buffer_added(struct line_buffer *buf, size_t n);

/* Returns 1 and sets *line, or 0 when more bytes are needed. */
int line_buffer_next(struct line_buffer *buf, struct span *line);

/* At the end of the input: a last line without its newline. Returns 1 and sets *line, or 0. */
int line_buffer_last(struct line_buffer *buf, struct span *line);

/* Returns the bytes that were added and neither returned nor skipped; when line_buffer_next() has returned 0, those of a partial line. */
size_t line_buffer_left(const struct line_buffer *buf);

/* Returns the bytes that were returned or skipped since line_buffer_space() was called, newlines included. */
struct span line_buffer_given(const struct line_buffer *buf);

/* Drops what is held. inside: the next bytes are the rest of a line, to be skipped up to its newline. */
void line_buffer_restart(struct line_buffer *buf, bool inside);

/* Returns the number of lines that were cut so far. */
uint64_t line_buffer_cut(const struct line_buffer *buf);

#endif
