/* SPDX-License-Identifier: MIT */
/*
 * BSD syslog (RFC 3164) and similar: a time, a host, which may be missing, and the program's tag.
 */
#include "header.h"
#include "message.h"

/* FreeBSD's syslogd -v writes "<mail.info> " or "<2.6> " after the time. */
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

/* A host name does not end in a colon; the tag of a program does, where the host is missing. */
static bool ends_in_colon(const struct cursor *c)
{
	const char *blank = memchr(c->p, ' ', (size_t)(c->end - c->p));
	const char *end = blank ? blank : c->end;

	return end > c->p && end[-1] == ':';
}

/* "[exim] ": the program as metalog writes it, without a host. */
static bool bracketed_tag(struct cursor *c, struct record *out)
{
	struct span program;

	if (!literal(c, '['))
		return false;
	program.p = c->p;
	while (c->p < c->end && message_program_byte(*c->p))
		c->p++;
	program.n = (size_t)(c->p - program.p);
	if (program.n == 0 || is_digit(*program.p) || !literal(c, ']') || !literal(c, ' '))
		return false;
	out->program = program;
	out->pid = 0;
	return true;
}

void header_behind_host(struct cursor *c, struct record *out)
{
	struct cursor tagged;

	blanks(c);
	tagged = *c;
	if (message_last_repeated(rest(c), out))
		return;
	if (!message_tag(&tagged, out)) {
		out->message = rest(c);
		return;
	}
	out->message = rest(&tagged);
	if (!message_last_repeated(out->message, out))
		message_settle(out);
}

/* Parses what follows the time in the BSD and RFC 3339 forms. */
void header_host_and_program(struct cursor *c, struct record *out)
{
	struct cursor bracketed, without_host;

	blanks(c);
	facility_tag(c);
	bracketed = without_host = *c;
	if (bracketed_tag(&bracketed, out)) {
		out->message = rest(&bracketed);
		message_settle(out);
		return;
	}
	if (ends_in_colon(c) && message_tag(&without_host, out)) {
		out->message = rest(&without_host);
		message_settle(out);
		return;
	}
	if (message_last_repeated(rest(c), out))
		return;
	out->host = word(c);
	/* "auth(user" is not a host, but text that a client may have influenced */
	if (memchr(out->host.p, '(', out->host.n)) {
		out->message = (struct span){ out->host.p, (size_t)(c->end - out->host.p) };
		out->host.n = 0;
		return;
	}
	header_behind_host(c, out);
}

bool header_bsd(struct cursor *c, struct record *out)
{
	if (!timestamp_bsd(c, &out->stamp) || !literal(c, ' '))
		return false;
	out->form = RECORD_BSD;
	/* Dovecot 1 wrote its own file with this stamp: "Jul 01 10:00:00 imap-login: Info: ". */
	if (message_is_dovecot(rest(c)) && !span_begins(rest(c), "dovecot: ")) {
		out->form = RECORD_OWN;
		out->program = span_of("dovecot");
		out->message = rest(c);
		return true;
	}
	header_host_and_program(c, out);
	return true;
}

bool header_rfc3339(struct cursor *c, struct record *out)
{
	if (!timestamp_iso(c, 'T', &out->stamp) || !literal(c, ' '))
		return false;
	out->form = RECORD_RFC3339;
	header_host_and_program(c, out);
	return true;
}
