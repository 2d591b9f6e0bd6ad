/* SPDX-License-Identifier: MIT */
/* line_reader: one file after the other, line by line, for the commands that read archives. */
#ifndef RELAYDAM_ARCHIVE_LINE_READER_H
#define RELAYDAM_ARCHIVE_LINE_READER_H

#include "archive/zfile.h"
#include "logline/line_buffer.h"

/* Called for each line; a value other than 0 stops and is passed on. */
typedef int line_reader_each(void *context, struct span line);

/* Called about every 256 KiB of the file itself; may be NULL. */
typedef void line_reader_tick(void *context, const struct zfile *in);

/*
 * Reads all of `in`. buf must be empty. Returns 0, what each() returned, or -errno when reading
 * failed; the lines before the damage have been handed out then.
 */
int line_reader_read(struct zfile *in, struct line_buffer *buf, line_reader_each *each,
		     line_reader_tick *tick, void *context);

#endif
