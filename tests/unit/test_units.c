/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "util/units.c"

#include "util/escape.h"

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: refused */
	} cases[] = {
		{ "90s", 90 },	  { "10m", 600 },   { "1h30m", 5400 }, { "7d", 604800 },
		{ "1w", 604800 }, { "10", -1 },	    { "", -1 },	       { "m", -1 },
		{ "10 m", -1 },	  { "-1m", -1 },    { "1.5h", -1 },    { "0s", -1 },
		{ "10y", -1 },	  { "99999w", -1 }, { "1h ", -1 },     { "999999999w", -1 },
	};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int r = duration_parse(cases[i].text, &us);

		assert_int_equal(r, cases[i].seconds < 0 ? -EINVAL : 0);
		if (r == 0)
			assert_int_equal(us, cases[i].seconds * UNITS_SECOND);
	}
	assert_int_equal(duration_parse("500ms", &us), 0);
	assert_int_equal(us, 500000);
}

static void test_sizes(void **state)
{
	size_t bytes;

	(void)state;
	assert_int_equal(size_parse("16M", &bytes), 0);
	assert_int_equal(bytes, 16 << 20);
	assert_int_equal(size_parse("512K", &bytes), 0);
	assert_int_equal(size_parse("16MB", &bytes), -EINVAL);
	assert_int_equal(size_parse("", &bytes), -EINVAL);
}

static void test_times(void **state)
{
	static const struct zone zone = { .utc = zone_fixed_utc, .east = 3600 * UNITS_SECOND };
	char buf[TIME_TEXT];
	int64_t us;

	(void)state;
	assert_int_equal(time_parse("2026-11-20", &zone, &us), 0);
	assert_string_equal(time_rfc3339(us, buf), "2026-11-19T23:00:00Z");
	assert_int_equal(time_parse("2026-11-20 23:30", &zone, &us), 0);
	assert_string_equal(time_local(us, &zone, buf), "2026-11-20 23:30:00");
	assert_int_equal(time_parse("2026-11-20T23:30:00.5Z", &zone, &us), 0);
	assert_string_equal(time_rfc3339(us, buf), "2026-11-20T23:30:00.500000Z");
	assert_int_equal(time_parse("2026-02-30", &zone, &us), -EINVAL);
	assert_int_equal(time_parse("yesterday", &zone, &us), -EINVAL);
	assert_string_equal(time_rfc3339(-UNITS_SECOND, buf), "1969-12-31T23:59:59Z");
}

/* Every day of eight centuries there and back. */
static void test_calendar(void **state)
{
	(void)state;
	for (int64_t days = -146097; days < 146097; days++) {
		int64_t year;
		int month, day;

		civil_from_days(days, &year, &month, &day);
		assert_true(civil_is_valid(year, (unsigned)month, (unsigned)day));
		assert_int_equal(days_from_civil(year, (unsigned)month, (unsigned)day), days);
	}
}

static void expect_printed(const char *text, size_t n, const char *want)
{
	char *buf = NULL;
	size_t size;
	FILE *f = open_memstream(&buf, &size);

	assert_non_null(f);
	escape_print(f, (struct span){ text, n });
	fclose(f);
	assert_string_equal(buf, want);
	free(buf);
}

/* A log line must not reach the admin's terminal as a command. */
static void test_escape(void **state)
{
	char *copy;
	size_t n;

	(void)state;
	expect_printed("a\033[2Jb\0c\n", 9, "a\\x1b[2Jb\\x00c\\x0a");
	expect_printed("gr\xc3\xbc\xc3\x9f", 6, "gr\xc3\xbc\xc3\x9f");
	expect_printed("\xc2\x9b"
		       "2J\xff\xc3",
		       6,
		       "\\xc2\\x9b"
		       "2J\\xff\\xc3");
	expect_printed("\xed\xa0\x80\xf4\x90\x80\x80\xc0\x80", 9,
		       "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80\\xc0\\x80");
	copy = escape_utf8((struct span){ "a\xff"
					  "b",
					  3 },
			   &n);
	assert_int_equal(n, 5);
	assert_string_equal(copy, "a\xef\xbf\xbd"
				  "b");
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations), cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_times),	  cmocka_unit_test(test_calendar),
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
