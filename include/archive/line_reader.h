/* SPDX-License-Identifier: MIT */
/* line_reader: reads one archived file line by line. */
#ifndef RELAYDAM_ARCHIVE_LINE_READER_H
#define RELAYDAM_ARCHIVE_LINE_READER_H

#include "archive/zfile.h"
#include "logline/line_buffer.h"

/* Called for each line. A value other than 0 stops and is returned. */
typedef int line_reader_each(void *context, struct span line);

/* Called about every 256 KiB of the file itself. May be NULL. */
typedef void line_reader_tick(void *context, const struct zfile *in);

/*
 * Reads all of `in`. buf must be empty. Returns 0, what each() returned, or -errno if reading failed; the lines before the
 * damage were passed to each().
 */
int line_reader_read(struct zfile *in, struct line_buffer *buf, line_reader_each *each,
		     line_reader_tick *tick, void *context);

#endif
