/* SPDX-License-Identifier: MIT */
/* What journald and rsyslog say of lines that they dropped. */
#include "unit.h"

#include "logline/dropped.c"

static const struct {
	const char *line;
	uint64_t lost;
} lines[] = {
	{ "Nov 20 23:30:45 mx systemd-journald[212]: Suppressed 4711 messages from postfix@-.service",
	  4711 },
	{ "2026-11-20T23:30:45.1+01:00 mx systemd-journald[212]: Suppressed 1 messages from system-postfix.slice",
	  1 },
	{ "Nov 20 23:30:45 mx rsyslogd: imuxsock[pid 812]: 45 messages lost due to rate-limiting (200 allowed within 5 seconds)",
	  45 },
	{ "Nov 20 23:30:45 mx rsyslogd: imjournal: 17235 messages lost due to rate-limiting (20000 allowed within 600 seconds)",
	  17235 },
	{ "Nov 20 23:30:45 mx rsyslogd-2177: imuxsock lost 96 messages from pid 1234 due to rate-limiting",
	  96 },
	/* those do not say how many */
	{ "Nov 20 23:30:45 mx rsyslogd: imuxsock[pid 812]: begin to drop messages due to rate-limiting",
	  0 },
	{ "Nov 20 23:30:45 mx systemd-journald[212]: Suppressed messages from postfix@-.service",
	  0 },
	{ "Nov 20 23:30:45 mx systemd-journald[212]: Suppressed 99999999999999999999 messages from x",
	  0 },
	{ "Nov 20 23:30:45 mx systemd-journald[212]: Suppressed -5 messages from x", 0 },
	{ "Nov 20 23:30:45 mx systemd-journald[212]: Suppressed", 0 },
	{ "Nov 20 23:30:45 mx rsyslogd:", 0 },
	{ "Nov 20 23:30:45 mx rsyslogd: 45", 0 },
	/* a client's words, in another program's line */
	{ "Nov 20 23:30:45 mx postfix/smtpd[9]: x: 45 messages lost due to rate-limiting", 0 },
	{ "Nov 20 23:30:45 mx postfix/smtpd[9]: Suppressed 45 messages from x", 0 },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct record record;

		assert_int_equal(record_parse(span_of(lines[i].line), &record), 0);
		if (dropped_messages(&record) != lines[i].lost)
			fail_msg("%s: %llu", lines[i].line,
				 (unsigned long long)dropped_messages(&record));
	}
}

/* However short it is cut. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		for (size_t n = 0; n < strlen(lines[i].line); n++) {
			char *copy = malloc(n + 1);
			struct record record;

			memcpy(copy, lines[i].line, n);
			if (record_parse((struct span){ copy, n }, &record) == 0)
				assert_true(dropped_messages(&record) <= DROPPED_MOST);
			free(copy);
		}
}

static void test_unit(void **state)
{
	struct span unit = { 0 };

	(void)state;
	assert_int_equal(dropped_suppressed(span_of("Suppressed 7 messages from postfix@-.service"),
					    &unit),
			 7);
	assert_true(span_equal(unit, span_of("postfix@-.service")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
