/* SPDX-License-Identifier: MIT */
/* print: the daemon's answers as text for a person: 80 columns, local time, nothing of a stranger's unescaped. */
#ifndef RELAYDAM_CLIENT_PRINT_H
#define RELAYDAM_CLIENT_PRINT_H

#include <jansson.h>
#include <stdbool.h>

#include "util/units.h"

enum { PRINT_TEXT = 512, PRINT_COLUMNS = 80 };

struct printer {
	struct zone zone;
	int64_t now; /* the daemon's: microseconds since 1970 */
	bool colour; /* standard output is a terminal, and NO_COLOR is not set */
};

/* Of an answer; "now" in it is the daemon's time. */
void print_init(struct printer *show, const json_t *answer);

/* Members of an object; "" or 0 or false where there is none of that type. Text is escaped and cut to fit. */
const char *print_text(const json_t *object, const char *key, char buf[static PRINT_TEXT]);
const char *print_string(const json_t *value, char buf[static PRINT_TEXT]);
long long print_number(const json_t *object, const char *key);
bool print_bool(const json_t *object, const char *key);
bool print_us(const json_t *object, const char *key, int64_t *us); /* from RFC 3339 */

/* "2026-11-20 23:29:33", "?" where there is none. */
const char *print_time(const struct printer *show, const json_t *object, const char *key,
		       char buf[static TIME_TEXT]);

/* The time from now until then, "8m12s"; "0s" when it is over. */
const char *print_left(const struct printer *show, const json_t *object, const char *key,
		       char buf[static DURATION_TEXT]);

/* "3 bans", "1 ban": "s" is all that is added. */
const char *print_count(long long n, const char *noun, char buf[static PRINT_TEXT]);

/* A sentence, broken at blanks; and one about what is wrong: behind "! ", in red. */
__attribute__((format(printf, 1, 2))) void print_say(const char *format, ...);
__attribute__((format(printf, 2, 3))) void print_wrong(const struct printer *show,
						       const char *format, ...);

/* A heading of a table or a list, after an empty line. */
void print_heading(const struct printer *show, const char *text);

/* A log line, as it is, escaped, indented by two. */
void print_line(const json_t *line);

/* A rule whose fuse has blown. */
void print_fuse(const struct printer *show, const json_t *fuse);

/* Everything of `status`, of `status ADDR`. The second returns whether it is banned. */
void print_status(const struct printer *show, const json_t *answer);
bool print_addr(const struct printer *show, const json_t *answer);

#endif
