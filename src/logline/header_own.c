/* SPDX-License-Identifier: MIT */
/* The files that Exim and Dovecot write themselves. */
#include "header.h"
#include "message.h"

/* Lower case, as host names are: Exim's own lines continue with "ETRN" or "H=(", and then a client's text. */
static bool could_be_host(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!message_program_byte(s.p[i]) || s.p[i] == '/' ||
		    (s.p[i] >= 'A' && s.p[i] <= 'Z'))
			return false;
	return s.n > 0;
}

/* "mx postfix/smtpd[123]: ": some syslog daemons write a time with a blank in it. */
static bool looks_like_syslog(struct cursor c)
{
	struct record scratch = { 0 };
	struct cursor first = c;

	if (message_tag(&first, &scratch) && scratch.pid > 0)
		return true;
	if (!could_be_host(word(&c)))
		return false;
	return message_tag(&c, &scratch) && scratch.pid > 0;
}

bool header_own(struct cursor *c, struct record *out)
{
	if (!timestamp_iso(c, ' ', &out->stamp) || !literal(c, ' '))
		return false;
	if (looks_like_syslog(*c)) {
		out->form = RECORD_RFC3339;
		header_host_and_program(c, out);
		return true;
	}
	out->form = RECORD_OWN;
	out->message = rest(c);
	message_skip_pid(out);
	out->program = span_of(message_is_dovecot(out->message) ? "dovecot" : "exim");
	return true;
}
