/* SPDX-License-Identifier: MIT */
#include "logline/dropped.h"

#include "util/cursor.h"

/* Sets *out to what follows the first occurrence of `text`; returns false if there is none. */
static bool after(struct span message, const char *text, struct cursor *out)
{
	const size_t n = strlen(text);
	const char *at = message.n ? memmem(message.p, message.n, text, n) : NULL;

	if (!at)
		return false;
	*out = (struct cursor){ at + n, message.p + message.n };
	return true;
}

/* Returns a number that is followed by `text`, or 0. Ten digits or more are not plausible. */
static uint64_t count_before(struct cursor *c, const char *text)
{
	unsigned n;

	if (!number(c, 1, 9, &n) || !span_begins(rest(c), text))
		return 0;
	c->p += strlen(text);
	return n;
}

/* journald's journald-server.c: "Suppressed %i messages from %s" */
uint64_t dropped_suppressed(struct span message, struct span *unit)
{
	static const char begin[] = "Suppressed ";
	struct cursor c;
	uint64_t n;

	if (!span_begins(message, begin))
		return 0;
	c = cursor_of(span_skip(message, strlen(begin)));
	n = count_before(&c, " messages from ");
	*unit = n > 0 ? rest(&c) : (struct span){ 0 };
	return n;
}

/*
 * rsyslog's ratelimit.c: "imuxsock[pid 123]: 45 messages lost due to rate-limiting (200 allowed within 5 seconds)";
 * its older imuxsock.c: "imuxsock lost 45 messages from pid 123 due to rate-limiting". The message before it, "begin to drop
 * messages due to rate-limiting", has no number.
 */
static uint64_t rsyslog_lost(struct span message)
{
	struct cursor c;

	if (after(message, " lost ", &c)) {
		uint64_t n = count_before(&c, " messages from ");

		if (n > 0 && after(rest(&c), " due to rate-limiting", &c))
			return n;
	}
	if (!after(message, ": ", &c))
		return 0;
	return count_before(&c, " messages lost due to rate-limiting");
}

uint64_t dropped_messages(const struct record *record)
{
	struct span unit;

	if (record->program.n < strlen("rsyslogd"))
		return 0;
	if (span_equal(record->program, span_of("systemd-journald")))
		return dropped_suppressed(record->message, &unit);
	/* "rsyslogd-2177" before 8.0 */
	if (span_begins(record->program, "rsyslogd"))
		return rsyslog_lost(record->message);
	return 0;
}
