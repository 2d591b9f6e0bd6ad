/* SPDX-License-Identifier: MIT */
/* One-pass prefixes: how long they are, and the same results as by PCRE2 alone; the order of patterns; limits. */
#include "match/pattern_set.c"
#include "unit.h"

static struct pattern *compile(const char *text)
{
	struct pattern *pattern;
	char *error;
	size_t at;

	assert_int_equal(pattern_new(&pattern, text, MATCHER_RELAYDAM, &error, &at), 0);
	return pattern;
}

/* How many bytes of the expanded pattern are in the prefix. */
static size_t prefix_length(const char *text)
{
	struct pattern *pattern = compile(text);
	struct regex_sequence prefix = pattern_prefix(pattern);
	size_t n = 0;

	if (prefix.n > 0)
		n = prefix.nodes[prefix.n - 1].at + prefix.nodes[prefix.n - 1].len;
	pattern_free(pattern);
	return n;
}

static void test_prefix_length(void **state)
{
	static const struct {
		const char *pattern;
		size_t prefix;
	} cases[] = {
		{ "^abc", 4 },
		{ "^a(?:b|c)d$", 11 },
		{ "^[^[]*+\\[(?<addr>[0-9.]++)\\]", 28 },
		{ "^a*b", 4 },		/* no a is a b, so there is no backtracking */
		{ "^a*ab", 0 },		/* backtracks over the last a */
		{ "^x(?:ab|ac)d", 12 }, /* they differ in the second byte */
		{ "^x(?:a|ab)c", 2 },	/* both may match */
		{ "^x(?>a|ab)c", 11 },	/* the first that matches is final */
		{ "^x(?:a|ab)", 10 },	/* nothing behind it can fail */
		{ "^x(?:a|ab)\\b", 2 }, /* but a boundary can */
		{ "^x.*?y", 2 },	/* any later y might do */
		{ "^(?=.*?y)x", 10 },	/* a lookahead is tried once */
		{ "^x(?:a|b){2}", 2 },
		{ "^x(?:a|b)?+y", 12 },
		{ "^x(?<name>a)\\k<name>", 2 },
		{ "^x(a)\\1", 0 },
		{ "a|b", 0 },
		{ "^(?i)a", 0 },
		{ "^[[:alpha:]]x", 0 },
		{ "^\\Qa.b\\E", 0 },
		{ "^(*COMMIT)a", 0 },
		{ "^x(?:ab){0,3}+y", 2 }, /* a group that repeats; PCRE2 unrolls it three times */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (prefix_length(cases[i].pattern) != cases[i].prefix)
			fail_msg("%s: %zu, not %zu", cases[i].pattern,
				 prefix_length(cases[i].pattern), cases[i].prefix);
}

static void same_as_pcre(const char *text, const char *subject)
{
	struct pattern *pattern = compile(text);
	const struct pattern *const one[] = { pattern };
	struct capture quick = { 0 }, slow = { 0 };
	struct pattern_scratch *scratch;
	struct pattern_set *set;
	size_t index;

	assert_int_equal(pattern_scratch_new(&scratch), 0);
	assert_int_equal(pattern_set_new(&set, one, 1), 0);
	if (pattern_set_match(set, scratch, span_of(subject), 0, &index, &quick) !=
	    pattern_match(pattern, scratch, span_of(subject), &slow))
		fail_msg("%s and \"%s\"", text, subject);
	for (int g = 0; slow.group[0].p && g < GROUPS; g++)
		assert_true(quick.group[g].p == slow.group[g].p &&
			    quick.group[g].n == slow.group[g].n);
	pattern_set_free(set);
	pattern_scratch_free(scratch);
	pattern_free(pattern);
}

static void test_same_as_pcre2(void **state)
{
	static const char *const patterns[] = {
		"^a*b",
		"^a(?:b|c)?+d",
		"^(?:a|b(?<addr>c))d",
		"^(?>a|ab)c",
		"^(?=.*?c)a",
		"^(?!.*?c$)a",
		"^(?:[^;]++|;(?!c))*+;c$",
		"^a\\b",
		"^a{2,3}b$",
		"^(?<addr>a(?:b|c)++)d?+$",
		"^(?:(?<addr>a)b|(?<addr>a)c)",
		"^(?=.{2,4}?(?:b|$))a",
		"^a(?:;b[^;]*+)*+$",
		"^a(?<addr>b?+c)?+(?<qid>c)?+$",
		"^(?!a(?:b|;)|b)[abc]",
		"^(?>a(?:c|b)|ab|[^;]++)(?:c|d)?+$",
		"^(?:a(?:b|c(?:c|d))|;){1,2}+(?!c)",
		"^(?!.{1,2}?(?:c|.?+d$))[a-d]*+;?+",
		"^[ab](?:b|c)[cd](?<addr>.)?+$",
	};
	static const char *const subjects[] = {
		"",    "a",    "b",	"ab",	 "abc", "abd",	"acd",
		"bcd", "aab",  "aaab",	"aaaab", "a;c", ";c",	"a;;c",
		"a c", "abcc", "abccd", "a;bx",	 "ac",	"aacb", "a;b;b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		for (size_t j = 0; j < sizeof(subjects) / sizeof(subjects[0]); j++)
			same_as_pcre(patterns[i], subjects[j]);
}

static void test_first_of_many(void **state)
{
	struct pattern *patterns[] = { compile("^ab[0-9]x"), compile("^abc"), compile("^ab"),
				       compile("b|^a"), compile("^abcd") };
	static const struct {
		const char *subject;
		size_t index;
	} cases[] = { { "ab1x", 0 }, { "abcd", 1 }, { "abd", 2 }, { "ax", 3 }, { "b", 3 } };
	struct pattern_scratch *scratch;
	struct capture capture;
	struct pattern_set *set;
	size_t index;

	(void)state;
	assert_int_equal(pattern_scratch_new(&scratch), 0);
	assert_int_equal(pattern_set_new(&set, (const struct pattern *const *)patterns, 5), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(pattern_set_match(set, scratch, span_of(cases[i].subject), 0,
						   &index, &capture),
				 PATTERN_YES);
		assert_int_equal(index, cases[i].index);
	}
	assert_int_equal(pattern_set_match(set, scratch, span_of("x"), 0, &index, &capture),
			 PATTERN_NO);
	pattern_set_free(set);
	pattern_scratch_free(scratch);
	for (size_t i = 0; i < 5; i++)
		pattern_free(patterns[i]);
}

/* A class and one of its bytes begin with the same byte: both are tried, in the order of their patterns. */
static void test_classes_that_overlap(void **state)
{
	struct pattern *patterns[] = { compile("^ax"), compile("^[ab](?<qid>y)z"),
				       compile("^a(?<addr>y)"), compile("^[ab][yz](?=y)."),
				       compile("^b(?=.*?z)(?<addr>z)") };
	static const struct {
		const char *subject;
		size_t index;
		enum group group; /* alone took part */
	} cases[] = { { "ax", 0, GROUPS },     { "ayz", 1, GROUP_QID }, { "byz", 1, GROUP_QID },
		      { "ay", 2, GROUP_ADDR }, { "byy", 3, GROUPS },	{ "bzz", 4, GROUP_ADDR } };
	struct pattern_scratch *scratch;
	struct pattern_set *set;

	(void)state;
	assert_int_equal(pattern_scratch_new(&scratch), 0);
	assert_int_equal(pattern_set_new(&set, (const struct pattern *const *)patterns, 5), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct capture capture;
		size_t index;

		assert_int_equal(pattern_set_match(set, scratch, span_of(cases[i].subject), 0,
						   &index, &capture),
				 PATTERN_YES);
		assert_int_equal(index, cases[i].index);
		for (enum group g = 0; g < GROUPS; g++)
			assert_int_equal(capture.group[g].p != NULL, g == cases[i].group);
	}
	pattern_set_free(set);
	pattern_scratch_free(scratch);
	for (size_t i = 0; i < 5; i++)
		pattern_free(patterns[i]);
}

static void test_gives_up_in_time(void **state)
{
	struct pattern *pattern = compile("^(?=.*?a.*?a.*?a.*?b)");
	const struct pattern *const one[] = { pattern };
	struct pattern_scratch *scratch;
	struct capture capture;
	struct pattern_set *set;
	char subject[4000];
	size_t index;

	(void)state;
	memset(subject, 'a', sizeof(subject));
	assert_int_equal(pattern_scratch_new(&scratch), 0);
	assert_int_equal(pattern_set_new(&set, one, 1), 0);
	assert_int_equal(pattern_set_match(set, scratch, (struct span){ subject, sizeof(subject) },
					   0, &index, &capture),
			 PATTERN_GAVE_UP);
	pattern_set_free(set);
	pattern_scratch_free(scratch);
	pattern_free(pattern);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix_length),
		cmocka_unit_test(test_same_as_pcre2),
		cmocka_unit_test(test_first_of_many),
		cmocka_unit_test(test_classes_that_overlap),
		cmocka_unit_test(test_gives_up_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
