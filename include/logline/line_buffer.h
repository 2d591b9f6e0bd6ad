/* SPDX-License-Identifier: MIT */
/*
 * line_buffer: from blocks of bytes to lines, with the same lines whatever the blocks.
 *
 * A line ends at \n; one \r before it is folded away. A line of more than LINE_BUFFER_LINE
 * bytes is cut there, counted, and its rest skipped: what a daemon wrote comes first, what a
 * client made it repeat comes last. NUL and bytes that are not UTF-8 pass through.
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
 * Where the next block goes: at least LINE_BUFFER_BLOCK bytes. Only to be asked for when
 * line_buffer_next() has returned 0; lines handed out before are gone then.
 */
char *line_buffer_space(struct line_buffer *buf);
void line_buffer_added(struct line_buffer *buf, size_t n);

/* Returns 1 and sets *line, or 0 when more bytes are needed. */
int line_buffer_next(struct line_buffer *buf, struct span *line);

/* At the end of the input: a last line without its newline. Returns 1 or 0. */
int line_buffer_last(struct line_buffer *buf, struct span *line);

/* Bytes that were added and neither handed out nor skipped: those of a line that is not whole yet, between calls. */
size_t line_buffer_left(const struct line_buffer *buf);

/* The bytes that were handed out or skipped since line_buffer_space() was called, newlines included. */
struct span line_buffer_given(const struct line_buffer *buf);

/* Forgets what is held. `inside`: what comes is the rest of a line, to be skipped up to its newline. */
void line_buffer_restart(struct line_buffer *buf, bool inside);

/* Lines that were cut so far. */
uint64_t line_buffer_cut(const struct line_buffer *buf);

#endif
