#ifndef BENCH_LINE_H
#define BENCH_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "clients.h"
#include "scripts.h"

enum format { FORMAT_BSD, FORMAT_ISO, FORMAT_5424 };

/* One visit on its way through its script. */
struct correlation {
	uint64_t when; /* of the next line, microseconds since 1970 */
	uint64_t seed; /* all names of the session come from it */
	const struct script *script;
	const struct regex_step *step; /* the next line */
	const struct client *client;
	uint32_t pid;	 /* of its PID_SESSION program; 0: none yet */
	uint8_t repeats; /* %n */
	uint8_t done;	 /* of a repeated line */
};

/* The longest line that line_write makes, newline included. */
#define LINE_MAX_BYTES 2048

/*
 * Write the session's next line as program[pid] at s->when to p; returns the end. text is the
 * step's text without its `?`, `!` or `*`. Keeps the text of the current second, so one at a time.
 */
char *line_write(char *p, enum format format, const struct correlation *s, uint32_t pid,
		 const char *text);

#endif
