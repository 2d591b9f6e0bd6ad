/* SPDX-License-Identifier: MIT */
/* A line's header and message: the form is selected by the first bytes, then a header_*.c parses it. */
#include "header.h"
#include "message.h"
#include "util/array.h"

enum { DATE = 10 }; /* bytes of "2026-11-20" */

/*
 * A new header form goes here, and its parser into a header_FORM.c. The first entry that fits the line decides. (RFC 5424 is
 * known by its priority, see priority().)
 */
static const struct form {
	char first[2];	 /* the lowest and highest first byte */
	char after_date; /* the byte after "2026-11-20"; 0: the header does not begin with a date */
	ptrdiff_t least; /* bytes of the shortest line */
	bool (*parse)(struct cursor *c, struct record *out);
} forms[] = {
	{ { 'A', 'Z' }, 0, 0, header_bsd },
	{ { '0', '9' }, 'T', 20, header_rfc3339 },
	{ { '0', '9' }, ' ', 20, header_own },
	{ { '@', '@' }, 0, 0, header_tai64n },
};

/* Skips "<22>", which may stand before any form, or "<22>1 ", and returns true for this one: RFC 5424. */
static bool priority(struct cursor *c)
{
	unsigned value;

	if (!literal(c, '<') || !number(c, 1, 3, &value) || !literal(c, '>') ||
	    c->end - c->p <= 2 || c->p[0] != '1' || c->p[1] != ' ')
		return false;
	c->p += 2;
	return true;
}

static bool parse_header(struct cursor *c, struct record *out)
{
	if (priority(c))
		return header_rfc5424(c, out);
	if (c->p == c->end)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const struct form *form = &forms[i];

		if (*c->p >= form->first[0] && *c->p <= form->first[1] &&
		    c->end - c->p >= form->least &&
		    (!form->after_date || c->p[DATE] == form->after_date))
			return form->parse(c, out);
	}
	return false;
}

int record_parse(struct span line, struct record *out)
{
	struct cursor c = cursor_of(line);

	*out = (struct record){ .repeat = 1 };
	if (parse_header(&c, out))
		return 0;
	*out = (struct record){ .repeat = 1, .message = line };
	return 1;
}

enum { STAMP_TEXT = 16 }; /* "Nov 20 23:30:45 " */

/* Is this a host's name, whatever follows it, and not a program or a word of syslogd? */
static bool is_plain_host(struct span host)
{
	for (size_t i = 0; i < host.n; i++)
		if (!message_program_byte(host.p[i]) || host.p[i] == '/')
			return false;
	return host.n > 0 && host.n < RECORD_HOST && !span_equal(host, span_of("last"));
}

static void remember(struct record_header *last, struct span line, const struct record *record)
{
	last->host_n = 0;
	if (record->form != RECORD_BSD || record->host.p != line.p + STAMP_TEXT ||
	    !is_plain_host(record->host) || line.n <= STAMP_TEXT + record->host.n)
		return;
	memcpy(last->time, line.p, STAMP_TEXT);
	memcpy(last->host, record->host.p, record->host.n + 1); /* and the blank after it */
	last->host_n = record->host.n;
	last->stamp = record->stamp;
}

static bool begins_as_last(const struct record_header *last, struct span line)
{
	size_t host_n = last->host_n + 1; /* with the blank */

	return last->host_n > 0 && line.n >= STAMP_TEXT + host_n &&
	       span_word(line.p) == span_word(last->time) &&
	       span_word(line.p + 8) == span_word(last->time + 8) &&
	       span_equal((struct span){ line.p + STAMP_TEXT, host_n },
			  (struct span){ last->host, host_n });
}

int record_next(struct record_header *last, struct span line, struct record *out)
{
	struct cursor c = cursor_of(line);
	int r;

	if (!begins_as_last(last, line)) {
		r = record_parse(line, out);
		remember(last, line, out);
		return r;
	}
	*out = (struct record){ .repeat = 1,
				.form = RECORD_BSD,
				.stamp = last->stamp,
				.host = { line.p + STAMP_TEXT, last->host_n } };
	c.p += STAMP_TEXT + last->host_n + 1;
	header_behind_host(&c, out);
	return 0;
}

void record_fields(struct span host, struct span program, uint32_t pid, int64_t time,
		   struct span message, struct record *out)
{
	*out = (struct record){
		.host = host,
		.program = program,
		.message = message.p ? message : span_of(""), /* no arithmetic on a null pointer */
		.stamp = { .kind = TIMESTAMP_UTC, .us = time },
		.form = RECORD_FIELDS,
		.pid = pid,
		.repeat = 1,
	};
	if (!message_last_repeated(out->message, out))
		message_settle(out);
}
