/* SPDX-License-Identifier: MIT */
#include "logline/record.h"

#include <errno.h>
#include <stdlib.h>

#include "util/array.h"
#include "util/cursor.h"

static bool is_program_byte(char c)
{
	static const bool is[256] = {
		['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['/'] = true,
		['-'] = true,	      ['_'] = true,	    ['.'] = true,
	};

	return is[(unsigned char)c];
}

/* "postfix/smtpd[123]: " or "dovecot: ". Leaves the cursor at the message. */
static bool program_tag(struct cursor *c, struct record *out)
{
	struct span program = { c->p, 0 };
	unsigned pid = 0;

	while (c->p < c->end && is_program_byte(*c->p))
		c->p++;
	program.n = (size_t)(c->p - program.p);
	if (program.n == 0)
		return false;
	/* "sshd(pam_unix)[123]:" */
	if (c->p < c->end && *c->p == '(') {
		const char *close = memchr(c->p, ')', (size_t)(c->end - c->p));

		if (!close || memchr(c->p, ' ', (size_t)(close - c->p)))
			return false;
		c->p = close + 1;
	}
	if (literal(c, '[') && (!number(c, 1, 9, &pid) || !literal(c, ']')))
		return false;
	if (!literal(c, ':'))
		return false;
	blanks(c);
	out->program = program;
	out->pid = pid;
	return true;
}

/* FreeBSD's syslogd -v writes "<mail.info> " or "<2.6> " behind the time. */
static void facility_tag(struct cursor *c)
{
	const char *p = c->p;

	if (p == c->end || *p != '<')
		return;
	while (++p < c->end && *p != '>' && *p != ' ' && p - c->p < 24)
		;
	if (p + 1 < c->end && p[0] == '>' && p[1] == ' ')
		c->p = p + 2;
}

/* "last message repeated 3 times" */
static bool last_repeated(struct span text, struct record *out)
{
	static const char begin[] = "last message repeated ";
	struct cursor c = cursor_of(text);
	unsigned n;

	if (!span_begins(text, begin))
		return false;
	c.p += sizeof(begin) - 1;
	if (!number(&c, 1, 9, &n) || n == 0 || !span_begins(rest(&c), " time"))
		return false;
	out->last_repeated = true;
	out->repeat = n < RECORD_MOST_REPEATS ? n : RECORD_MOST_REPEATS;
	out->message = (struct span){ text.p, 0 };
	return true;
}

/* rsyslog's "message repeated 3 times: [ ...]" */
static void unwrap_repeated(struct record *out)
{
	static const char begin[] = "message repeated ";
	static const char middle[] = " times: [";
	struct cursor c = cursor_of(out->message);
	unsigned n;

	if (!span_begins(out->message, begin))
		return;
	c.p += sizeof(begin) - 1;
	if (!number(&c, 1, 9, &n) || n == 0 || !span_begins(rest(&c), middle) || c.end[-1] != ']')
		return;
	c.p += sizeof(middle) - 1;
	c.end--;
	blanks(&c);
	if (c.p > c.end)
		return;
	out->repeat = n < RECORD_MOST_REPEATS ? n : RECORD_MOST_REPEATS;
	out->message = rest(&c);
}

/* Solaris puts "[ID 197553 mail.info] " in front of the message. */
static void skip_solaris_id(struct record *out)
{
	const char *close;

	if (!span_begins(out->message, "[ID "))
		return;
	close = memchr(out->message.p, ']', out->message.n < 48 ? out->message.n : 48);
	if (!close)
		return;
	out->message = span_skip(out->message, (size_t)(close + 1 - out->message.p));
	while (out->message.n > 0 && *out->message.p == ' ')
		out->message = span_skip(out->message, 1);
}

/* Exim writes its own time again behind syslog's, and "[pid] " with log_selector +pid. */
static void skip_own_stamp(struct record *out)
{
	struct cursor c = cursor_of(out->message);
	struct timestamp stamp;

	if (c.end - c.p < 20 || !is_digit(c.p[0]) || c.p[4] != '-' ||
	    !timestamp_iso(&c, ' ', &stamp))
		return;
	blanks(&c);
	out->message = rest(&c);
}

static void skip_own_pid(struct record *out)
{
	struct cursor c = cursor_of(out->message);
	unsigned pid;

	if (!literal(&c, '[') || !number(&c, 1, 9, &pid) || !literal(&c, ']') || !literal(&c, ' '))
		return;
	out->pid = pid;
	out->message = rest(&c);
}

static void settle_message(struct record *out)
{
	skip_solaris_id(out);
	if (span_begins(out->program, "exim")) {
		skip_own_stamp(out);
		skip_own_pid(out);
	}
	unwrap_repeated(out);
}

/* A host name does not end in a colon; the tag of a program without a host in front does. */
static bool ends_in_colon(const struct cursor *c)
{
	const char *blank = memchr(c->p, ' ', (size_t)(c->end - c->p));
	const char *end = blank ? blank : c->end;

	return end > c->p && end[-1] == ':';
}

/* "[exim] ": metalog writes the program so, and no host before it. */
static bool bracketed_tag(struct cursor *c, struct record *out)
{
	struct span program;

	if (!literal(c, '['))
		return false;
	program.p = c->p;
	while (c->p < c->end && is_program_byte(*c->p))
		c->p++;
	program.n = (size_t)(c->p - program.p);
	if (program.n == 0 || is_digit(*program.p) || !literal(c, ']') || !literal(c, ' '))
		return false;
	out->program = program;
	out->pid = 0;
	return true;
}

static void behind_host(struct cursor *c, struct record *out)
{
	struct cursor tagged;

	blanks(c);
	tagged = *c;
	if (last_repeated(rest(c), out))
		return;
	if (!program_tag(&tagged, out)) {
		out->message = rest(c);
		return;
	}
	out->message = rest(&tagged);
	if (!last_repeated(out->message, out))
		settle_message(out);
}

/* What follows the time in the BSD and RFC 3339 forms. */
static void host_and_program(struct cursor *c, struct record *out)
{
	struct cursor bracketed, without_host;

	blanks(c);
	facility_tag(c);
	bracketed = without_host = *c;
	if (bracketed_tag(&bracketed, out)) {
		out->message = rest(&bracketed);
		settle_message(out);
		return;
	}
	if (ends_in_colon(c) && program_tag(&without_host, out)) {
		out->message = rest(&without_host);
		settle_message(out);
		return;
	}
	if (last_repeated(rest(c), out))
		return;
	out->host = word(c);
	/* what looks like "auth(user" is no host, but text that a client may have had a hand in */
	if (memchr(out->host.p, '(', out->host.n)) {
		out->message = (struct span){ out->host.p, (size_t)(c->end - out->host.p) };
		out->host.n = 0;
		return;
	}
	behind_host(c, out);
}

/* "auth(user,192.0.2.7,sasl:plain)<session>: Info: ": Dovecot 2.4, from the word up to the level. */
static bool is_dovecot_prefix(struct span text, const char *const *levels, size_t n)
{
	size_t word = 0;

	while (word < text.n &&
	       ((text.p[word] >= 'a' && text.p[word] <= 'z') || text.p[word] == '-'))
		word++;
	if (word == 0 || word == text.n || text.p[word] != '(')
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *level = memmem(text.p, text.n, levels[i], strlen(levels[i]));

		if (level && level - text.p >= 2 && memcmp(level - 2, ": ", 2) == 0)
			return true;
	}
	return false;
}

/* "imap-login: Info: ", "auth-worker(24544): Error: ": the start of Dovecot's own log file. */
static bool is_dovecot(struct span text)
{
	static const char *const levels[] = { "Info: ",	 "Error: ", "Warning: ",
					      "Debug: ", "Fatal: ", "Panic: " };
	const char *colon = memchr(text.p, ':', text.n < 64 ? text.n : 64);
	struct span level;

	if (is_dovecot_prefix(text, levels, ARRAY_SIZE(levels)))
		return true;
	if (!colon || (size_t)(colon - text.p) + 2 > text.n || colon[1] != ' ' ||
	    memchr(text.p, ' ', (size_t)(colon - text.p)))
		return false;
	level = span_skip(text, (size_t)(colon - text.p) + 2);
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (span_begins(level, levels[i]))
			return true;
	return false;
}

/* In lower case, as host names are: Exim's own lines go on with "ETRN" or "H=(", and then a client's text. */
static bool could_be_host(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_program_byte(s.p[i]) || s.p[i] == '/' || (s.p[i] >= 'A' && s.p[i] <= 'Z'))
			return false;
	return s.n > 0;
}

/* "mx postfix/smtpd[123]: ": some write syslog's fields behind a time with a blank in it. */
static bool looks_like_syslog(struct cursor c)
{
	struct record scratch = { 0 };
	struct cursor first = c;

	if (program_tag(&first, &scratch) && scratch.pid > 0)
		return true;
	if (!could_be_host(word(&c)))
		return false;
	return program_tag(&c, &scratch) && scratch.pid > 0;
}

static bool own_form(struct cursor *c, struct record *out)
{
	if (!timestamp_iso(c, ' ', &out->stamp) || !literal(c, ' '))
		return false;
	if (looks_like_syslog(*c)) {
		out->form = RECORD_RFC3339;
		host_and_program(c, out);
		return true;
	}
	out->form = RECORD_OWN;
	out->message = rest(c);
	skip_own_pid(out);
	out->program = span_of(is_dovecot(out->message) ? "dovecot" : "exim");
	return true;
}

/* "-" or "[id name="value" ...][...]"; a ']' in a value is escaped (RFC 5424, 6.3.3). */
static bool structured_data(struct cursor *c)
{
	if (literal(c, '-'))
		return true;
	if (c->p == c->end || *c->p != '[')
		return false;
	while (literal(c, '[')) {
		bool quoted = false;

		for (; c->p < c->end && (quoted || *c->p != ']'); c->p++) {
			if (*c->p == '\\' && c->p + 1 < c->end)
				c->p++;
			else if (*c->p == '"')
				quoted = !quoted;
		}
		if (!literal(c, ']'))
			return false;
	}
	return true;
}

static bool rfc5424_form(struct cursor *c, struct record *out)
{
	struct span procid;
	struct cursor pid;

	out->form = RECORD_RFC5424;
	if (literal(c, '-'))
		out->stamp.kind = TIMESTAMP_NONE;
	else if (!timestamp_iso(c, 'T', &out->stamp))
		return false;
	if (!literal(c, ' '))
		return false;
	out->host = word(c);
	out->program = word(c);
	procid = word(c);
	pid = cursor_of(procid);
	if (!number(&pid, 1, 9, &out->pid) || pid.p != pid.end)
		out->pid = 0;
	word(c); /* message id */
	if (!structured_data(c))
		return false;
	blanks(c);
	if (span_begins(rest(c), "\xEF\xBB\xBF"))
		c->p += 3;
	blanks(c);
	out->message = rest(c);
	settle_message(out);
	return true;
}

static bool bsd_form(struct cursor *c, struct record *out)
{
	if (!timestamp_bsd(c, &out->stamp) || !literal(c, ' '))
		return false;
	out->form = RECORD_BSD;
	/* Dovecot 1 wrote its own file with this stamp: "Jul 01 10:00:00 imap-login: Info: ". */
	if (is_dovecot(rest(c)) && !span_begins(rest(c), "dovecot: ")) {
		out->form = RECORD_OWN;
		out->program = span_of("dovecot");
		out->message = rest(c);
		return true;
	}
	host_and_program(c, out);
	return true;
}

static bool rfc3339_form(struct cursor *c, struct record *out)
{
	if (!timestamp_iso(c, 'T', &out->stamp) || !literal(c, ' '))
		return false;
	out->form = RECORD_RFC3339;
	host_and_program(c, out);
	return true;
}

static bool tai64n_form(struct cursor *c, struct record *out)
{
	struct cursor tagged;

	if (!timestamp_tai64n(c, &out->stamp) || !literal(c, ' '))
		return false;
	out->form = RECORD_TAI64N;
	tagged = *c;
	out->message = program_tag(&tagged, out) ? rest(&tagged) : rest(c);
	return true;
}

/* "<22>" or "<22>1 ": returns 1 for RFC 5424, 0 for anything else behind a priority. */
static int priority(struct cursor *c)
{
	unsigned value;

	if (!literal(c, '<'))
		return 0;
	if (!number(c, 1, 3, &value) || !literal(c, '>'))
		return 0;
	if (c->end - c->p > 2 && c->p[0] == '1' && c->p[1] == ' ') {
		c->p += 2;
		return 1;
	}
	return 0;
}

static bool header(struct cursor *c, struct record *out)
{
	if (priority(c))
		return rfc5424_form(c, out);
	if (c->p == c->end)
		return false;
	if (*c->p == '@')
		return tai64n_form(c, out);
	if (!is_digit(*c->p))
		return bsd_form(c, out);
	if (c->end - c->p < 20)
		return false;
	if (c->p[10] == 'T')
		return rfc3339_form(c, out);
	return own_form(c, out);
}

int record_parse(struct span line, struct record *out)
{
	struct cursor c = cursor_of(line);

	*out = (struct record){ .repeat = 1 };
	if (header(&c, out))
		return 0;
	*out = (struct record){ .repeat = 1, .message = line };
	return 1;
}

enum { STAMP_TEXT = 16 }; /* "Nov 20 23:30:45 " */

/* A host that is one whatever follows it: no program, no word of syslogd's own. */
static bool is_plain_host(struct span host)
{
	for (size_t i = 0; i < host.n; i++)
		if (!is_program_byte(host.p[i]) || host.p[i] == '/')
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
	memcpy(last->host, record->host.p, record->host.n + 1); /* and the blank behind it */
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
	behind_host(&c, out);
	return 0;
}

void record_fields(struct span host, struct span program, uint32_t pid, int64_t time,
		   struct span message, struct record *out)
{
	*out = (struct record){
		.host = host,
		.program = program,
		.message = message.p ? message : span_of(""), /* no sums on a null pointer */
		.stamp = { .kind = TIMESTAMP_UTC, .us = time },
		.form = RECORD_FIELDS,
		.pid = pid,
		.repeat = 1,
	};
	if (!last_repeated(out->message, out))
		settle_message(out);
}

static struct span append(char **end, struct span from)
{
	struct span copy = { *end, from.n };

	if (from.n > 0)
		memcpy(*end, from.p, from.n);
	*end += from.n;
	return copy;
}

int record_copy(const struct record *record, struct record *out, char **text)
{
	char *end = malloc(record->host.n + record->program.n + record->message.n + 1);

	if (!end)
		return -ENOMEM;
	*text = end;
	*out = *record;
	out->host = append(&end, record->host);
	out->program = append(&end, record->program);
	out->message = append(&end, record->message);
	return 0;
}
