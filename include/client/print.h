/* SPDX-License-Identifier: MIT */
/*
 * print: the daemon's answers as text for a terminal: at most 80 columns except for log lines,
 * local time. Text that a client may have chosen is escaped.
 */
#ifndef RELAYDAM_CLIENT_PRINT_H
#define RELAYDAM_CLIENT_PRINT_H

#include <jansson.h>
#include <stdbool.h>

#include "util/units.h"

enum { PRINT_TEXT = 512, PRINT_COLUMNS = 80 };

struct printer {
	struct zone zone;
	int64_t now; /* the daemon's time, microseconds since 1970 */
	bool colour; /* standard output is a terminal and NO_COLOR is not set */
};

/* Reads the daemon's time from "now" of the answer; without it the local clock is used. */
void print_init(struct printer *printer, const json_t *answer);

/*
 * Members of an object; "", 0 or false if the member is missing or has another type. Text is
 * escaped and truncated to fit buf.
 */
const char *print_text(const json_t *object, const char *key, char buf[static PRINT_TEXT]);
const char *print_string(const json_t *value, char buf[static PRINT_TEXT]);
long long print_number(const json_t *object, const char *key);
bool print_bool(const json_t *object, const char *key);

/* Sets *us to a time in RFC 3339, microseconds since 1970. Returns false if there is none. */
bool print_us(const json_t *object, const char *key, int64_t *us);

/* "2026-11-20 23:29:33"; "?" if there is none. */
const char *print_time(const struct printer *printer, const json_t *object, const char *key,
		       char buf[static TIME_TEXT]);

/* The time from now until then, "8m12s"; "0s" if it has passed. */
const char *print_remaining(const struct printer *printer, const json_t *object, const char *key,
			    char buf[static DURATION_TEXT]);

/* "3 bans", "1 ban": the plural is formed with "s". */
const char *print_count(long long n, const char *noun, char buf[static PRINT_TEXT]);

/* A sentence, wrapped at blanks. A problem is printed after "! " and in red. */
__attribute__((format(printf, 1, 2))) void print_sentence(const char *format, ...);
__attribute__((format(printf, 2, 3))) void print_problem(const struct printer *printer,
							 const char *format, ...);

/* An empty line and the heading of a table or a list. */
void print_heading(const struct printer *printer, const char *text);

/* A log line, escaped but not wrapped, indented by two. Prints nothing if it is not a string. */
void print_line(const json_t *line);

/* A rule whose fuse has blown, as a problem. */
void print_fuse(const struct printer *printer, const json_t *fuse);

/* The answer to `status`, and to `status ADDR`. The second returns whether ADDR is banned. */
void print_status(const struct printer *printer, const json_t *answer);
bool print_addr(const struct printer *printer, const json_t *answer);

#endif
