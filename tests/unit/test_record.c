/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "logline/record.c"

struct header {
	const char *line;
	enum record_form form;
	const char *host, *program, *message;
	uint32_t pid, repeat;
	enum timestamp_kind kind;
};

static const struct header headers[] = {
	{ "Nov 20 23:30:45 mx postfix/smtpd[123]: connect", RECORD_BSD, "mx", "postfix/smtpd",
	  "connect", 123, 1, TIMESTAMP_YEARLESS },
	{ "Jul  1 03:00:00 mx.b.example dovecot: imap-login: x", RECORD_BSD, "mx.b.example",
	  "dovecot", "imap-login: x", 0, 1, TIMESTAMP_YEARLESS },
	{ "Jul 1 03:00:00 mx imapd-ssl[7]: x", RECORD_BSD, "mx", "imapd-ssl", "x", 7, 1,
	  TIMESTAMP_YEARLESS },
	{ "Jul 01 03:00:00 postfix/smtpd[1]: x", RECORD_BSD, "", "postfix/smtpd", "x", 1, 1,
	  TIMESTAMP_YEARLESS },
	{ "Nov 20 2026 23:30:45 mx postfix/smtpd[1]: x", RECORD_BSD, "mx", "postfix/smtpd", "x", 1,
	  1, TIMESTAMP_LOCAL },
	{ "<22>Nov 20 23:30:45 mx postfix/smtpd[1]: x", RECORD_BSD, "mx", "postfix/smtpd", "x", 1,
	  1, TIMESTAMP_YEARLESS },
	{ "Nov 20 23:30:45 <mail.info> mx postfix/smtpd[1]: x", RECORD_BSD, "mx", "postfix/smtpd",
	  "x", 1, 1, TIMESTAMP_YEARLESS },
	{ "Nov 20 23:30:45 mx sendmail[9]: [ID 801593 mail.info] x", RECORD_BSD, "mx", "sendmail",
	  "x", 9, 1, TIMESTAMP_YEARLESS },
	{ "Nov 20 23:30:45 mx auth(pam_unix)[9]: x", RECORD_BSD, "mx", "auth", "x", 9, 1,
	  TIMESTAMP_YEARLESS },
	{ "2026-11-20T23:30:45.123456+01:00 mx postfix/smtpd[1]: x", RECORD_RFC3339, "mx",
	  "postfix/smtpd", "x", 1, 1, TIMESTAMP_UTC },
	{ "2026-11-20T23:30:45Z mx postfix/smtpd[1]: x", RECORD_RFC3339, "mx", "postfix/smtpd", "x",
	  1, 1, TIMESTAMP_UTC },
	{ "2026-11-20 23:30:45 mx postfix/smtpd[1]: x", RECORD_RFC3339, "mx", "postfix/smtpd", "x",
	  1, 1, TIMESTAMP_LOCAL },
	{ "<22>1 2026-11-20T23:30:46.028838+00:00 vm postfix 14140 - -  connect", RECORD_RFC5424,
	  "vm", "postfix", "connect", 14140, 1, TIMESTAMP_UTC },
	{ "<22>1 2026-11-20T23:30:46Z vm postfix/smtpd 1 ID [a b=\"x\\]y\"][c] \xEF\xBB\xBFhello",
	  RECORD_RFC5424, "vm", "postfix/smtpd", "hello", 1, 1, TIMESTAMP_UTC },
	{ "2026-11-20 23:30:45 H=(x) [192.0.2.1] rejected", RECORD_OWN, "", "exim",
	  "H=(x) [192.0.2.1] rejected", 0, 1, TIMESTAMP_LOCAL },
	{ "2026-11-20 23:30:45.123 +0100 [77] H=x", RECORD_OWN, "", "exim", "H=x", 77, 1,
	  TIMESTAMP_UTC },
	{ "Nov 20 23:30:45 mx exim[12]: 2026-11-20 23:30:45 [13] H=x", RECORD_BSD, "mx", "exim",
	  "H=x", 13, 1, TIMESTAMP_YEARLESS },
	{ "2026-11-20 23:30:45 ETRN exim[12]: H=[203.0.113.9] rejected", RECORD_OWN, "", "exim",
	  "ETRN exim[12]: H=[203.0.113.9] rejected", 0, 1, TIMESTAMP_LOCAL },
	{ "2026-11-20 23:30:45 H=(x postfix/smtpd[12]: y", RECORD_OWN, "", "exim",
	  "H=(x postfix/smtpd[12]: y", 0, 1, TIMESTAMP_LOCAL },
	{ "Oct 14 19:45:05 [exim] LOGIN x", RECORD_BSD, "", "exim", "LOGIN x", 0, 1,
	  TIMESTAMP_YEARLESS },
	{ "Oct 14 19:45:05 mx [exim] LOGIN x", RECORD_BSD, "mx", "", "[exim] LOGIN x", 0, 1,
	  TIMESTAMP_YEARLESS },
	{ "2026-11-20 23:30:45 imap-login: Info: Disconnected", RECORD_OWN, "", "dovecot",
	  "imap-login: Info: Disconnected", 0, 1, TIMESTAMP_LOCAL },
	{ "Nov 20 23:30:45 auth-worker(12): Error: x", RECORD_OWN, "", "dovecot",
	  "auth-worker(12): Error: x", 0, 1, TIMESTAMP_YEARLESS },
	{ "Nov 21 03:26:32 auth(karl,192.0.2.7,sasl:plain)<aB>: Info: x", RECORD_OWN, "", "dovecot",
	  "auth(karl,192.0.2.7,sasl:plain)<aB>: Info: x", 0, 1, TIMESTAMP_YEARLESS },
	{ "Nov 21 03:26:32 auth(x auth: sql(a,203.0.113.9): unknown user", RECORD_BSD, "", "",
	  "auth(x auth: sql(a,203.0.113.9): unknown user", 0, 1, TIMESTAMP_YEARLESS },
	{ "@4000000050e3f4a72dd3f8f5 rblsmtpd: x", RECORD_TAI64N, "", "rblsmtpd", "x", 0, 1,
	  TIMESTAMP_UTC },
	{ "Nov 20 23:30:45 mx postfix/smtpd[1]: message repeated 3 times: [ connect]", RECORD_BSD,
	  "mx", "postfix/smtpd", "connect", 1, 3, TIMESTAMP_YEARLESS },
	{ "Nov 20 23:30:45 mx last message repeated 4 times", RECORD_BSD, "mx", "", "", 0, 4,
	  TIMESTAMP_YEARLESS },
	{ "Nov 20 23:30:45 mx -- MARK --", RECORD_BSD, "mx", "", "-- MARK --", 0, 1,
	  TIMESTAMP_YEARLESS },
};

#define HEADERS (sizeof(headers) / sizeof(headers[0]))

static void assert_span(struct span got, const char *want)
{
	if (!span_equal(got, span_of(want)))
		fail_msg("got \"%.*s\", want \"%s\"", (int)got.n, got.p, want);
}

static void test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEADERS; i++) {
		const struct header *h = &headers[i];
		struct record r;

		assert_int_equal(record_parse(span_of(h->line), &r), 0);
		assert_int_equal(r.form, h->form);
		assert_span(r.host, h->host);
		assert_span(r.program, h->program);
		assert_span(r.message, h->message);
		assert_int_equal(r.pid, h->pid);
		assert_int_equal(r.repeat, h->repeat);
		assert_int_equal(r.stamp.kind, h->kind);
	}
}

/* Cut at every byte, in memory of just that size: the sanitizer sees any byte read too many. */
static void test_truncated(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEADERS; i++) {
		for (size_t n = 0; n <= strlen(headers[i].line); n++) {
			char *copy = malloc(n ? n : 1);
			struct record r;

			memcpy(copy, headers[i].line, n);
			record_parse((struct span){ copy, n }, &r);
			assert_in_range(r.repeat, 1, RECORD_MOST_REPEATS);
			assert_true(r.message.n == 0 ||
				    (r.message.p >= copy && r.message.p + r.message.n <= copy + n));
			free(copy);
		}
	}
}

static void test_no_header(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"connect from unknown[192.0.2.1]",
		"Nov 31 10:00:00 mx a: b",
		"Nov 20 24:00:00 mx a: b",
		"Foo 20 10:00:00 mx a: b",
		"2026-02-30T10:00:00Z mx a: b",
		"2026-11-20",
		"@4000",
		"<22>",
		"<22>1 x",
		"<9999>Nov 20 10:00:00 mx a: b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct record r;

		assert_int_equal(record_parse(span_of(lines[i]), &r), 1);
		assert_span(r.message, lines[i]);
		assert_int_equal(r.program.n, 0);
	}
}

static void test_time(void **state)
{
	struct record r;

	(void)state;
	record_parse(span_of("2026-11-20T23:30:45.5+01:00 mx a: b"), &r);
	assert_int_equal(r.stamp.us, INT64_C(1795213845500000));
	record_parse(span_of("1970-01-01T00:00:00Z mx a: b"), &r);
	assert_int_equal(r.stamp.us, 0);
	/* 0x50e3f4a7 is 1357116583 */
	record_parse(span_of("@4000000050e3f4a72dd3f8f5 x: y"), &r);
	assert_int_equal(r.stamp.us / 1000000, 1357116583 - 10);
}

static void test_forged_repeats(void **state)
{
	struct record r;

	(void)state;
	record_parse(span_of("Nov 20 10:00:00 mx a[1]: message repeated 999999999 times: [ x]"),
		     &r);
	assert_int_equal(r.repeat, RECORD_MOST_REPEATS);
	record_parse(span_of("Nov 20 10:00:00 mx a[1]: x message repeated 9 times: [ y]"), &r);
	assert_int_equal(r.repeat, 1);
	record_parse(span_of("Nov 20 10:00:00 mx a[1]: message repeated 0 times: [ x]"), &r);
	assert_int_equal(r.repeat, 1);
	record_parse(span_of("Nov 20 10:00:00 mx last message repeated 0 times"), &r);
	assert_int_equal(r.repeat, 1);
	assert_false(r.last_repeated);
	record_parse(span_of("Nov 20 10:00:00 mx a[1]: message repeated 9 times: ["), &r);
	assert_int_equal(r.repeat, 1);
}

static void assert_same_record(const struct record *a, const struct record *b)
{
	assert_true(span_equal(a->host, b->host) && span_equal(a->program, b->program));
	assert_true(span_equal(a->message, b->message));
	assert_true(a->stamp.kind == b->stamp.kind && a->stamp.us == b->stamp.us);
	assert_true(a->stamp.month == b->stamp.month && a->stamp.day == b->stamp.day);
	assert_true(a->form == b->form && a->pid == b->pid && a->repeat == b->repeat);
	assert_int_equal(a->last_repeated, b->last_repeated);
}

/* Each head with each tail, after each other head: what is remembered changes nothing. */
static void test_next_is_as_alone(void **state)
{
	static const char *const heads[] = {
		"Nov 20 10:00:00 mx ",	 "Nov 20 10:00:01 mx ",	 "Nov 20 10:00:00 mx2 ",
		"Nov 20 10:00:00 last ", "Nov 20 10:00:00 mx: ", "Nov 20 10:00:00 auth(x ",
		"Nov 20 10:00:00 mx/a ", "Nov 20 10:00:00  mx ", "Nov 20 2026 10:00:00 mx ",
		"Nov  1 10:00:00 mx ",	 "Nov 31 10:00:00 mx ",	 "Nov 20 10:00:00.5 mx ",
		"Nov 20 10:00:00 mx",	 "Nov 20 10:00:00 ",	 "2026-11-20T10:00:00Z mx ",
	};
	static const char *const tails[] = {
		"",
		"a[1]: b",
		" a: b",
		"a b",
		"mx a[1]: b",
		"message repeated 3 times",
		"last message repeated 3 times",
		"a[1]: last message repeated 3 times",
		"a[1]: message repeated 3 times: [ b]",
		"exim[1]: 2026-11-20 10:00:00 [2] b",
		"dovecot: imap-login: Info: b",
		"imap-login: Info: b",
	};
	enum { HEADS = sizeof(heads) / sizeof(heads[0]), TAILS = sizeof(tails) / sizeof(tails[0]) };

	(void)state;
	for (unsigned i = 0; i < HEADS * HEADS * TAILS; i++) {
		struct record_header last = { 0 };
		struct record alone, next;
		char first[128], line[128];

		snprintf(first, sizeof(first), "%sa[1]: x", heads[i % HEADS]);
		snprintf(line, sizeof(line), "%s%s", heads[i / HEADS % HEADS],
			 tails[i / HEADS / HEADS]);
		record_next(&last, span_of(first), &next);
		assert_int_equal(record_next(&last, span_of(line), &next),
				 record_parse(span_of(line), &alone));
		assert_same_record(&next, &alone);
	}
}

/* The same message, as a line and as fields. */
static void test_fields(void **state)
{
	const struct span mx = span_of("mx"), exim = span_of("exim"),
			  smtpd = span_of("postfix/smtpd");
	struct record r, copy;
	char *text;

	(void)state;
	record_fields(mx, smtpd, 9, 5000000, span_of("message repeated 3 times: [ a\nb]"), &r);
	assert_int_equal(r.repeat, 3);
	assert_true(span_equal(r.message, span_of("a\nb")));
	assert_int_equal(r.stamp.kind, TIMESTAMP_UTC);
	assert_int_equal(r.stamp.us, 5000000);
	assert_int_equal(r.pid, 9);
	record_fields(mx, exim, 9, 0, span_of("2026-11-20 23:30:45 [12] x"), &r);
	assert_true(span_equal(r.message, span_of("x")));
	record_fields(mx, exim, 9, 0, (struct span){ 0 }, &r);
	assert_int_equal(r.message.n, 0);
	record_fields(mx, smtpd, 9, 0, span_of("last message repeated 4 times"), &r);
	assert_true(r.last_repeated);
	record_fields(mx, smtpd, 9, 7, span_of("abc"), &r);
	assert_int_equal(record_copy(&r, &copy, &text), 0);
	assert_true(copy.host.p >= text && copy.message.p >= text);
	assert_true(span_equal(copy.host, mx) && span_equal(copy.program, smtpd));
	assert_true(span_equal(copy.message, span_of("abc")) && copy.stamp.us == 7);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),	       cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_no_header),      cmocka_unit_test(test_time),
		cmocka_unit_test(test_forged_repeats), cmocka_unit_test(test_next_is_as_alone),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
