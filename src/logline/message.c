/* SPDX-License-Identifier: MIT */
#include "message.h"

#include "util/array.h"

/* "postfix/smtpd[123]: " or "dovecot: ". Leaves the cursor at the message. */
bool message_tag(struct cursor *c, struct record *out)
{
	struct span program = { c->p, 0 };
	unsigned pid = 0;

	while (c->p < c->end && message_program_byte(*c->p))
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

/* "last message repeated 3 times" */
bool message_last_repeated(struct span text, struct record *out)
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

/* Solaris writes "[ID 197553 mail.info] " before the message. */
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

/* Exim writes its own time after syslog's, and "[pid] " with log_selector +pid. */
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

void message_skip_pid(struct record *out)
{
	struct cursor c = cursor_of(out->message);
	unsigned pid;

	if (!literal(&c, '[') || !number(&c, 1, 9, &pid) || !literal(&c, ']') || !literal(&c, ' '))
		return;
	out->pid = pid;
	out->message = rest(&c);
}

void message_settle(struct record *out)
{
	skip_solaris_id(out);
	if (span_begins(out->program, "exim")) {
		skip_own_stamp(out);
		message_skip_pid(out);
	}
	unwrap_repeated(out);
}

/*
 * "auth(user,192.0.2.7,sasl:plain)<session>: Info: ": Dovecot 2.4, from the service to the level.
 */
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
bool message_is_dovecot(struct span text)
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
