/* SPDX-License-Identifier: MIT */
#include "note_limit.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

enum { NOTE_EVERY = 10 * 1000000 };

void note_limit_say(struct note_limit *notes, enum note_kind kind, int priority, int64_t now,
		    const char *format, ...)
{
	char text[PATH_MAX + 256];
	size_t n;
	va_list args;

	if (!notes->note || (notes->last[kind] && now - notes->last[kind] < NOTE_EVERY))
		return;
	notes->last[kind] = now;
	n = (size_t)snprintf(text, sizeof(text), "%s: ", notes->path);
	va_start(args, format);
	if (n < sizeof(text))
		vsnprintf(text + n, sizeof(text) - n, format, args);
	va_end(args);
	notes->note(notes->context, priority, text);
}
