/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "replay/time_series.c"

static uint64_t total(const struct time_series *series, enum time_series_kind kind)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < time_series_bins(series); i++)
		sum += time_series_at(series, kind, i);
	return sum;
}

static void test_short(void **state)
{
	const int64_t t = INT64_C(1000000007) * UNITS_SECOND;
	struct time_series *series;

	(void)state;
	assert_int_equal(time_series_new(&series), 0);
	assert_int_equal(time_series_bins(series), 0);
	time_series_add(series, TIME_SERIES_HITS, t + 1, 2);
	time_series_add(series, TIME_SERIES_HITS, t + 3 * UNITS_SECOND, 1);
	time_series_add(series, TIME_SERIES_HITS, t - UNITS_SECOND,
			5); /* older than the first: counts for it */
	assert_int_equal(time_series_bins(series), 4);
	assert_int_equal(time_series_start(series), t);
	assert_int_equal(time_series_at(series, TIME_SERIES_HITS, 0), 7);
	assert_int_equal(time_series_at(series, TIME_SERIES_HITS, 3), 1);
	assert_int_equal(time_series_at(series, TIME_SERIES_BANS, 0), 0);
	assert_true(time_series_sum(series, TIME_SERIES_HITS, 0, 0.125) == 3.5);
	assert_true(time_series_sum(series, TIME_SERIES_HITS, 0, 1) == 8);
	time_series_free(series);
}

/* However long it gets nothing is lost, bins stay on multiples of their width, and each hit stays in the bin of its time. */
static void test_any_length(void **state)
{
	const int64_t start = INT64_C(1763078407) * UNITS_SECOND;
	const int64_t marked = start + INT64_C(3600) * UNITS_SECOND;

	(void)state;
	for (int64_t days = 1; days < 4000; days *= 3) {
		struct time_series *series;
		uint64_t added = 0;
		size_t bin;

		assert_int_equal(time_series_new(&series), 0);
		for (int64_t t = 0; t < days * 86400; t += 600, added++)
			time_series_add(series, TIME_SERIES_ACCEPTED, start + t * UNITS_SECOND, 1);
		time_series_add(series, TIME_SERIES_BANS, marked, 3);
		assert_int_equal(total(series, TIME_SERIES_ACCEPTED), added);
		assert_true(time_series_bins(series) <= TIME_SERIES_BINS);
		assert_int_equal(time_series_start(series) % time_series_width(series), 0);
		assert_true(time_series_start(series) <= start);
		bin = (size_t)((marked - time_series_start(series)) / time_series_width(series));
		assert_int_equal(time_series_at(series, TIME_SERIES_BANS, bin), 3);
		time_series_free(series);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_any_length),
	};

	return cmocka_run_group_tests_name("series", tests, NULL, NULL);
}
