/* SPDX-License-Identifier: MIT */
#include "header.h"
#include "message.h"

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

bool header_rfc5424(struct cursor *c, struct record *out)
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
	message_settle(out);
	return true;
}
