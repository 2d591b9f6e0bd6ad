/* SPDX-License-Identifier: MIT */
#include "archive/line_reader.h"

static int each_in_buffer(struct line_buffer *buf, line_reader_each *each, void *context)
{
	struct span line;
	int r = 0;

	while (r == 0 && line_buffer_next(buf, &line))
		r = each(context, line);
	return r;
}

int line_reader_read(struct zfile *in, struct line_buffer *buf, line_reader_each *each,
		     line_reader_tick *tick, void *context)
{
	struct span line;
	ssize_t n;
	int r = 0;

	do {
		n = zfile_read(in, line_buffer_space(buf), LINE_BUFFER_BLOCK);
		if (n > 0) {
			line_buffer_added(buf, (size_t)n);
			r = each_in_buffer(buf, each, context);
		}
		if (tick)
			tick(context, in);
	} while (n > 0 && r == 0);
	if (r != 0)
		return r;
	/* a last line without its newline counts, also where the file is damaged behind it */
	if (line_buffer_last(buf, &line))
		r = each(context, line);
	return r != 0 ? r : (int)n;
}
