/* SPDX-License-Identifier: MIT */
/*
 * record: one parsed log line: time, host, program, pid, message.
 *
 * Parses the header forms of enum record_form. Pure: the same line gives the same record. The year and zone of a stamp are
 * determined by the source's clock, see log_clock.h. The whole line is untrusted. Nothing is copied: all spans point into the line.
 */
#ifndef RELAYDAM_LOGLINE_RECORD_H
#define RELAYDAM_LOGLINE_RECORD_H

#include <stdint.h>

#include "util/timestamp.h"

enum record_form {
	RECORD_NONE, /* unknown header; the message is the whole line */
	RECORD_BSD,  /* "Nov 20 23:30:45 mx postfix/smtpd[123]: ", RFC 3164; host may be missing */
	RECORD_RFC3339, /* "2026-11-20T23:30:45.123456+01:00 mx postfix/smtpd[123]: " */
	RECORD_RFC5424, /* "<22>1 2026-11-20T23:30:45Z mx postfix/smtpd 123 - - " */
	RECORD_OWN,	/* "2026-11-20 23:30:45 [123] ": Exim's and Dovecot's own files */
	RECORD_TAI64N,	/* "@400000005fb8...: multilog's */
	RECORD_FIELDS,	/* not a line, see record_fields() */
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

/* Always fills *out. Returns 0, or 1 if the line has no known header. */
int record_parse(struct span line, struct record *out);

enum { RECORD_HOST = 64 };

/* The start of the previous BSD line, up to the blank after its host. Initialise it with zeros. */
struct record_header {
	char time[16];
	size_t host_n; /* 0: that line had another form */
	char host[RECORD_HOST];
	struct timestamp stamp;
};

/*
 * The same as record_parse(), but faster if the line begins like the previous one: many lines are written in the same second
 * by the same host.
 */
int record_next(struct record_header *last, struct span line, struct record *out);

/*
 * Makes a record of separate fields, as the journal has them. The message is treated as that of a line ("message repeated N
 * times: [ ... ]", Exim's own time). time: microseconds since 1970. The spans are not copied. Always fills *out.
 */
void record_fields(struct span host, struct span program, uint32_t pid, int64_t time,
		   struct span message, struct record *out);

/* Copies a record and its text. Returns 0 and sets *out and *text, into which its spans point (free() it), or -ENOMEM. */
int record_copy(const struct record *record, struct record *out, char **text);

#endif
