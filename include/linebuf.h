/* SPDX-License-Identifier: MIT */
/*
 * linebuf: from blocks of bytes to lines, with the same lines whatever the blocks.
 *
 * A line ends at \n; one \r before it is folded away. A line of more than LINEBUF_LINE
 * bytes is cut there, counted, and its rest skipped: what a daemon wrote comes first, what a
 * client made it repeat comes last. NUL and bytes that are not UTF-8 pass through.
 */
#ifndef RELAYDAM_LINEBUF_H
#define RELAYDAM_LINEBUF_H

#include <stdint.h>

#include "util/span.h"

enum {
	LINEBUF_LINE = 8192,
	LINEBUF_BLOCK = 256 * 1024,
};

struct linebuf;

/* Returns 0 and sets *out (free with linebuf_free()), or -ENOMEM. */
int linebuf_new(struct linebuf **out);
void linebuf_free(struct linebuf *buf);

/*
 * Where the next block goes: at least LINEBUF_BLOCK bytes. Only to be asked for when
 * linebuf_next() has returned 0; lines handed out before are gone then.
 */
char *linebuf_space(struct linebuf *buf);
void linebuf_added(struct linebuf *buf, size_t n);

/* Returns 1 and sets *line, or 0 when more bytes are needed. */
int linebuf_next(struct linebuf *buf, struct span *line);

/* At the end of the input: a last line without its newline. Returns 1 or 0. */
int linebuf_last(struct linebuf *buf, struct span *line);

/* Bytes that were added and neither handed out nor skipped: those of a line that is not whole yet, between calls. */
size_t linebuf_left(const struct linebuf *buf);

/* The bytes that were handed out or skipped since linebuf_space() was called, newlines included. */
struct span linebuf_given(const struct linebuf *buf);

/* Forgets what is held. `inside`: what comes is the rest of a line, to be skipped up to its newline. */
void linebuf_restart(struct linebuf *buf, bool inside);

/* Lines that were cut so far. */
uint64_t linebuf_cut(const struct linebuf *buf);

#endif
