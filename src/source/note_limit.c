/* SPDX-License-Identifier: MIT */
#include "note_limit.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/time_units.h"

enum { NOTE_EVERY = 10 * UNITS_SECOND };

void note_limit_send(struct note_limit *limit, enum note_kind kind, int priority, int64_t now,
		     const char *format, ...)
{
	char text[PATH_MAX + 256];
	size_t n;
	va_list args;

	if (!limit->note || (limit->last[kind] && now - limit->last[kind] < NOTE_EVERY))
		return;
	limit->last[kind] = now;
	n = (size_t)snprintf(text, sizeof(text), "%s: ", limit->path);
	va_start(args, format);
	if (n < sizeof(text))
		vsnprintf(text + n, sizeof(text) - n, format, args);
	va_end(args);
	limit->note(limit->context, priority, text);
}
