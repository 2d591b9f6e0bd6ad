/* SPDX-License-Identifier: MIT */
#include "util/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/escape.h"

bool log_is_journal(void)
{
	return getenv("JOURNAL_STREAM") != NULL;
}

void log_note(int priority, const char *text)
{
	/* "<4>": systemd reads the priority at the start of a line (sd-daemon(3)) */
	if (log_is_journal())
		fprintf(stderr, "<%d>", priority);
	else
		fputs("relaydam: ", stderr);
	escape_print(stderr, span_of(text));
	putc('\n', stderr);
}

void log_callback(void *context, int priority, const char *text)
{
	(void)context;
	log_note(priority, text);
}

void log_print(int priority, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_note(priority, text);
}
