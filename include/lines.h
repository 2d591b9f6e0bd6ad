/* SPDX-License-Identifier: MIT */
/* lines: one file after the other, line by line, for the commands that read archives. */
#ifndef RELAYDAM_LINES_H
#define RELAYDAM_LINES_H

#include "archive_in.h"
#include "logline/line_buffer.h"

/* Called for each line; a value other than 0 stops and is passed on. */
typedef int lines_each(void *context, struct span line);

/* Called about every 256 KiB of the file itself; may be NULL. */
typedef void lines_tick(void *context, const struct archive_in *in);

/*
 * Reads all of `in`. buf must be empty. Returns 0, what each() returned, or -errno when reading
 * failed; the lines before the damage have been handed out then.
 */
int lines_read(struct archive_in *in, struct line_buffer *buf, lines_each *each, lines_tick *tick,
	       void *context);

#endif
