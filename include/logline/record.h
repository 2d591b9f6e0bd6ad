/* SPDX-License-Identifier: MIT */
/*
 * record: one log line taken apart: time, host, program, pid, message.
 *
 * Knows the headers that mail hosts write (names of enum record_form). Pure: the same line
 * gives the same record; what year or zone a stamp means is settled by the source's clock.
 * Everything in the line is hostile; nothing is copied, all spans point into the line.
 */
#ifndef RELAYDAM_LOGLINE_RECORD_H
#define RELAYDAM_LOGLINE_RECORD_H

#include <stdint.h>

#include "util/timestamp.h"

enum record_form {
	RECORD_NONE, /* no header that we know; the message is the whole line */
	RECORD_BSD,  /* "Nov 20 23:30:45 mx postfix/smtpd[123]: ", RFC 3164; host may be missing */
	RECORD_RFC3339, /* "2026-11-20T23:30:45.123456+01:00 mx postfix/smtpd[123]: " */
	RECORD_RFC5424, /* "<22>1 2026-11-20T23:30:45Z mx postfix/smtpd 123 - - " */
	RECORD_OWN,	/* "2026-11-20 23:30:45 [123] ": Exim's and Dovecot's own files */
	RECORD_TAI64N,	/* "@400000005fb8...: multilog's */
	RECORD_FIELDS,	/* no line: its parts came one by one, see record_fields() */
};

struct record {
	struct span host;    /* may be empty */
	struct span program; /* "postfix/smtpd", without pid; may be empty */
	struct span message;
	struct timestamp stamp;
	enum record_form form;
	uint32_t pid;	    /* 0: none */
	uint32_t repeat;    /* 1; N for "message repeated N times: [ ... ]" */
	bool last_repeated; /* "last message repeated N times": no message, repeat = N */
	int64_t time;	    /* set by the source's clock, microseconds since 1970 */
};

enum { RECORD_MOST_REPEATS = 1000000 };

/* Always fills *out. Returns 0, or 1 when the line has no header that we know. */
int record_parse(struct span line, struct record *out);

enum { RECORD_HOST = 64 };

/* How a line in RFC 3164's form began, up to the blank behind its host; made of zeros. */
struct record_header {
	char time[16];
	size_t host_n; /* 0: it began otherwise */
	char host[RECORD_HOST];
	struct timestamp stamp;
};

/*
 * The same as record_parse(), and quicker where the line begins as the one before: many are written in a
 * second, and by few hosts.
 */
int record_next(struct record_header *last, struct span line, struct record *out);

/*
 * A record whose parts somebody else took apart, as the journal does: the same is done with its message as
 * with that of a line ("message repeated N times: [ ... ]", Exim's own time). time: microseconds since 1970.
 * The spans are kept as they are. Always fills *out.
 */
void record_fields(struct span host, struct span program, uint32_t pid, int64_t time,
		   struct span message, struct record *out);

/*
 * A copy with text of its own. Returns 0, sets *out and *text, which holds what its spans point to (free()
 * it), or -ENOMEM.
 */
int record_copy(const struct record *record, struct record *out, char **text);

#endif
