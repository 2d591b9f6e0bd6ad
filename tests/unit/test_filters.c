/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "engine/filters.c"

static enum matcher matcher;

static struct filters *filters_start(void)
{
	struct filters *filters = NULL;

	assert_int_equal(filters_new(&filters), 0);
	filters_set_matcher(filters, matcher);
	return filters;
}

static uint32_t add(struct filters *filters, const char *name, const char *match,
		    const char *program)
{
	const char *programs[] = { program, NULL };
	struct rule_spec spec = {
		.filter = "t", .name = name, .match = match, .programs = programs
	};
	char *error;
	size_t at;
	int r = filters_add(filters, &spec, &error, &at);

	assert_true(r >= 0);
	return (uint32_t)r;
}

static const char *taker(struct filters *filters, const char *program, const char *message)
{
	struct record record = { .repeat = 1,
				 .program = span_of(program),
				 .message = span_of(message) };
	static struct match match;

	return filters_match(filters, &record, &match) ? match.rule->name : "none";
}

static void test_order_and_family(void **state)
{
	struct filters *filters = filters_start();

	(void)state;
	add(filters, "smtpd", "^NOQUEUE: <client>", "postfix*/smtpd");
	add(filters, "any", "^[A-Z]{7}: <client>", "postfix*/*");
	add(filters, "cleanup", "^<qid>: x <client>", "postfix*/cleanup");
	add(filters, "all", "^to all <client>", "*/smtp_auth");
	assert_string_equal(taker(filters, "x/smtp_auth", "to all a[1.2.3.4]"), "all");
	assert_string_equal(taker(filters, "postfix", "to all a[1.2.3.4]"), "none");
	assert_string_equal(taker(filters, "postfix/smtpd", "NOQUEUE: a[1.2.3.4]"), "smtpd");
	assert_string_equal(taker(filters, "postfix-in/smtpd", "NOQUEUE: a[1.2.3.4]"), "smtpd");
	assert_string_equal(taker(filters, "postfix/submission/smtpd", "NOQUEUE: a[1.2.3.4]"),
			    "smtpd");
	assert_string_equal(taker(filters, "postfix/cleanup", "NOQUEUE: a[1.2.3.4]"), "any");
	assert_string_equal(taker(filters, "postfix/smtpd", "ABCDEF1: x a[1.2.3.4]"), "none");
	assert_string_equal(taker(filters, "postfix", "ABCDEF1: x a[1.2.3.4]"), "cleanup");
	assert_string_equal(taker(filters, "postfixx", "ABCDEF1: x a[1.2.3.4]"), "cleanup");
	assert_string_equal(taker(filters, "dovecot", "NOQUEUE: a[1.2.3.4]"), "none");
	assert_string_equal(taker(filters, "", "NOQUEUE: a[1.2.3.4]"), "none");
	assert_string_equal(taker(filters, "postfix/smtpd", ""), "none");
	filters_free(filters);
}

static void test_bad_address_goes_on(void **state)
{
	struct filters *filters = filters_start();

	(void)state;
	add(filters, "strict", "^x <addr>", "p");
	add(filters, "loose", "^x ", "p");
	assert_string_equal(taker(filters, "p", "x 192.0.2.7"), "strict");
	assert_string_equal(taker(filters, "p", "x 192.0.2.777"), "loose");
	filters_free(filters);
}

static void test_many_rules_many_programs(void **state)
{
	struct filters *filters = filters_start();
	char name[32], match[64];

	(void)state;
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		snprintf(match, sizeof(match), "^line%d <addr>$", i);
		add(filters, name, match, "p*");
	}
	for (int i = 0; i < 3 * PROGRAM_TABLE_SIZE; i++) {
		char program[32], want[32];

		snprintf(program, sizeof(program), "p%d", i);
		snprintf(match, sizeof(match), "line%d 192.0.2.1", i % 200);
		snprintf(want, sizeof(want), "r%d", i % 200);
		assert_string_equal(taker(filters, program, match), want);
	}
	filters_free(filters);
}

static void test_weight_and_port(void **state)
{
	struct filters *filters = filters_start();
	struct record record = { .repeat = 3,
				 .program = span_of("p"),
				 .message = span_of("x a.example[::ffff:192.0.2.7]:4711 n=5") };
	struct match match;
	char buf[ADDR_TEXT];

	(void)state;
	add(filters, "w", "^x <client> n=(?<weight>\\d+)", "p");
	assert_int_equal(filters_match(filters, &record, &match), 1);
	assert_int_equal(match.weight, 15);
	assert_int_equal(match.port, 4711);
	assert_string_equal(addr_format(&match.addr, buf), "192.0.2.7");
	record.message = span_of("x a[192.0.2.7] n=99999999999999999999");
	assert_int_equal(filters_match(filters, &record, &match), 1);
	assert_true(match.weight >= 1 && match.weight <= RECORD_MOST_REPEATS);
	filters_free(filters);
}

/* A pattern that runs away hits the limit, is counted, and takes no line. */
static void test_gives_up(void **state)
{
	struct filters *filters = filters_start();
	char message[2000];

	(void)state;
	memset(message, 'a', sizeof(message));
	memcpy(message + sizeof(message) - 3, " !", 3);
	add(filters, "good", "^b <addr>$", "p");
	add(filters, "bad", "^(a|aa)+(a|aa)+(a|aa)+ <addr>$", "p");
	add(filters, "behind", "^a", "p");
	assert_string_equal(taker(filters, "p", message), "none");
	assert_string_equal(taker(filters, "p", "a"), "behind");
	assert_int_equal(filters_gave_up(filters), 1);
	assert_int_equal(filters_find(filters, "t", "bad")->gave_up, 1);
	assert_int_equal(filters_find(filters, "t", "good")->gave_up, 0);
	filters_free(filters);
}

static void test_lint(void **state)
{
	static const struct {
		const char *match;
		bool safe;
	} cases[] = {
		{ "^x from <client>: 550 ", true },
		{ "^x .* from <client>", false },
		{ "^x \\S+ from <client>", false },
		{ "^x [^<>]*+ from <client>", true },
		{ "^x from <client>: .*$", true },
		{ "^x .{1,30} <client>", true },
		{ "^x .{3,} <client>", false },
		{ "^x <quoted>: y <client>", true },
		{ "^x\t<client>", false },
		{ "^x [.]* <client>", true },
		{ "^(?:a .*|b) from <client>", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pattern *pattern;
		char *error;
		size_t at;

		assert_int_equal(
			pattern_new(&pattern, cases[i].match, MATCHER_RELAYDAM, &error, &at), 0);
		if ((pattern_lint(pattern) == NULL) != cases[i].safe)
			fail_msg("lint of %s", cases[i].match);
		pattern_free(pattern);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_family),
		cmocka_unit_test(test_bad_address_goes_on),
		cmocka_unit_test(test_many_rules_many_programs),
		cmocka_unit_test(test_weight_and_port),
		cmocka_unit_test(test_gives_up),
		cmocka_unit_test(test_lint),
	};

	int failed = cmocka_run_group_tests_name("filters", tests, NULL, NULL);

	matcher = MATCHER_PCRE2;
	return failed + cmocka_run_group_tests_name("filters, PCRE2 alone", tests, NULL, NULL);
}
