/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "logline/log_clock.c"

#include "util/timezone.h"

static const struct zone utc = { .utc = zone_fixed_utc };

static struct timestamp at(unsigned month, unsigned day, int64_t seconds)
{
	return (struct timestamp){ .kind = TIMESTAMP_YEARLESS,
				   .month = (uint8_t)month,
				   .day = (uint8_t)day,
				   .us = seconds * UNITS_SECOND };
}

static int64_t day(int64_t year, unsigned month, unsigned d)
{
	return days_from_civil(year, month, d) * UNITS_DAY;
}

static struct log_clock_shift shift; /* of the host that all records come from */

static struct log_clock *make(const struct zone *zone, int year, int64_t reference)
{
	struct log_clock_options options = { .zone = zone, .year = year, .reference = reference };
	struct log_clock *clock = NULL;

	assert_int_equal(log_clock_new(&clock, &options), 0);
	memset(&shift, 0, sizeof(shift));
	return clock;
}

static int64_t step(struct log_clock *clock, struct timestamp stamp)
{
	int64_t time = -1;

	assert_int_equal(log_clock_step(clock, &shift, &stamp, INT64_MAX, &time), LOG_CLOCK_NOW);
	return time;
}

static void test_year_is_not_in_the_future(void **state)
{
	struct log_clock *clock = make(&utc, 0, day(2026, 3, 1));

	(void)state;
	assert_int_equal(step(clock, at(12, 31, 86399)), day(2025, 12, 31) + 86399 * UNITS_SECOND);
	assert_int_equal(step(clock, at(1, 1, 1)), day(2026, 1, 1) + UNITS_SECOND);
	log_clock_free(clock);
	clock = make(&utc, 0, day(2026, 3, 1));
	assert_int_equal(step(clock, at(3, 1, 7)), day(2026, 3, 1) + 7 * UNITS_SECOND);
	log_clock_free(clock);
}

static void test_leap_day(void **state)
{
	struct log_clock *clock = make(&utc, 0, day(2026, 3, 1));

	(void)state;
	assert_int_equal(step(clock, at(2, 29, 0)), day(2024, 2, 29));
	log_clock_free(clock);
}

static void test_year_option(void **state)
{
	struct log_clock *clock = make(&utc, 2019, day(2026, 3, 1));

	(void)state;
	assert_int_equal(step(clock, at(12, 31, 86398)), day(2019, 12, 31) + 86398 * UNITS_SECOND);
	assert_int_equal(step(clock, at(1, 1, 0)), day(2020, 1, 1));
	log_clock_free(clock);
}

static void test_step_back_keeps_pace(void **state)
{
	struct log_clock *clock = make(&utc, 2026, 0);
	int64_t noon = day(2026, 11, 20) + 12 * UNITS_HOUR;

	(void)state;
	assert_int_equal(step(clock, at(11, 20, 12 * 3600)), noon);
	assert_int_equal(step(clock, at(11, 20, 10 * 3600)), noon);
	assert_int_equal(step(clock, at(11, 20, 10 * 3600 + 60)), noon + 60 * UNITS_SECOND);
	assert_int_equal(log_clock_counts(clock).shifted, 1);
	/* a little disorder is none */
	assert_int_equal(step(clock, at(11, 20, 10 * 3600 + 57)), noon + 60 * UNITS_SECOND);
	assert_int_equal(log_clock_counts(clock).shifted, 1);
	assert_int_equal(log_clock_counts(clock).clamped, 1);
	log_clock_free(clock);
}

/* Two clocks seven seconds apart that write in turn, for an hour: under one host's name, and under two. */
static void test_two_clocks(void **state)
{
	int64_t noon = day(2026, 11, 20) + 12 * UNITS_HOUR;

	(void)state;
	for (unsigned hosts = 1; hosts <= 2; hosts++) {
		struct log_clock *clock = make(&utc, 2026, 0);
		struct log_clock_shift shifts[2] = { 0 };

		for (int64_t i = 0; i < 3600; i++) {
			struct timestamp s = at(11, 20, 12 * 3600 + i - (i % 2 ? 7 : 0));
			int64_t time = 0;

			assert_int_equal(log_clock_step(clock, &shifts[i % hosts], &s, INT64_MAX,
							&time),
					 LOG_CLOCK_NOW);
			assert_in_range(time, noon + (i - 1) * UNITS_SECOND,
					noon + i * UNITS_SECOND);
		}
		log_clock_free(clock);
	}
}

/* Lines that come late, a burst of them also, shift nothing for longer than they last. */
static void test_late_lines(void **state)
{
	struct log_clock *clock = make(&utc, 2026, 0);
	int64_t noon = day(2026, 11, 20) + 12 * UNITS_HOUR;

	(void)state;
	step(clock, at(11, 20, 12 * 3600));
	assert_int_equal(step(clock, at(11, 20, 12 * 3600 - 600)), noon);
	assert_int_equal(step(clock, at(11, 20, 12 * 3600 + 1)), noon + UNITS_SECOND);
	for (int i = 0; i < 5; i++)
		step(clock, at(11, 20, 12 * 3600 - 600));
	assert_int_equal(step(clock, at(11, 20, 12 * 3600 + 2)), noon + 2 * UNITS_SECOND);
	assert_int_equal(log_clock_counts(clock).shifted, 2);
	log_clock_free(clock);
}

/* More steps back than shifts are kept: time stands for none of them, and never runs back. */
static void test_many_steps_back(void **state)
{
	struct log_clock *clock = make(&utc, 2026, 0);
	int64_t noon = day(2026, 11, 20) + 12 * UNITS_HOUR, now = 12 * 3600;

	(void)state;
	step(clock, at(11, 20, now));
	for (int i = 0; i < 2 * LOG_CLOCK_SHIFTS; i++) {
		now -= 60;
		step(clock, at(11, 20, now));
		now += 10;
		assert_int_equal(step(clock, at(11, 20, now)), noon + 10 * (i + 1) * UNITS_SECOND);
	}
	log_clock_free(clock);
}

static void test_step_forward_waits_for_three(void **state)
{
	struct log_clock *clock = make(&utc, 2026, 0);
	int64_t midnight = day(2026, 11, 20), time;
	struct timestamp s;

	(void)state;
	step(clock, at(11, 20, 0));
	s = at(11, 20, 9000);
	assert_int_equal(log_clock_step(clock, &shift, &s, INT64_MAX, &time), LOG_CLOCK_HOLD);
	s = at(11, 20, 9001);
	assert_int_equal(log_clock_step(clock, &shift, &s, INT64_MAX, &time), LOG_CLOCK_HOLD);
	s = at(11, 20, 9002);
	assert_int_equal(log_clock_step(clock, &shift, &s, INT64_MAX, &time), LOG_CLOCK_AGREED);
	assert_int_equal(time, midnight + 9002 * UNITS_SECOND);
	assert_int_equal(log_clock_held(clock, 0), midnight + 9000 * UNITS_SECOND);
	assert_int_equal(log_clock_held(clock, 1), midnight + 9001 * UNITS_SECOND);
	/* one false step: the record counts at the time before it */
	s = at(11, 22, 0);
	assert_int_equal(log_clock_step(clock, &shift, &s, INT64_MAX, &time), LOG_CLOCK_HOLD);
	s = at(11, 20, 9003);
	assert_int_equal(log_clock_step(clock, &shift, &s, INT64_MAX, &time), LOG_CLOCK_AGREED);
	assert_int_equal(log_clock_held(clock, 0), midnight + 9002 * UNITS_SECOND);
	assert_int_equal(time, midnight + 9003 * UNITS_SECOND);
	/* at the end of the log nobody can witness any more */
	s = at(11, 21, 0);
	assert_int_equal(log_clock_step(clock, &shift, &s, INT64_MAX, &time), LOG_CLOCK_HOLD);
	assert_int_equal(log_clock_settle(clock), 1);
	assert_int_equal(log_clock_held(clock, 0), midnight + UNITS_DAY);
	log_clock_free(clock);
}

static void test_arrival_bounds(void **state)
{
	struct log_clock *clock = make(&utc, 2026, 0);
	int64_t midnight = day(2026, 11, 20), time;
	struct timestamp s = at(11, 20, 0);

	(void)state;
	assert_int_equal(log_clock_step(clock, &shift, &s, midnight, &time), LOG_CLOCK_NOW);
	s = at(11, 20, 9000);
	assert_int_equal(log_clock_step(clock, &shift, &s, midnight + 9000 * UNITS_SECOND, &time),
			 LOG_CLOCK_NOW);
	assert_int_equal(time, midnight + 9000 * UNITS_SECOND);
	s = at(11, 21, 0);
	assert_int_equal(log_clock_step(clock, &shift, &s, midnight + 9010 * UNITS_SECOND, &time),
			 LOG_CLOCK_NOW);
	assert_int_equal(time, midnight + 9010 * UNITS_SECOND);
	log_clock_free(clock);
}

/* 2026-10-25, 03:00 CEST is 02:00 CET again: every minute from 01:00 to 05:00 as the log writes it. */
static void test_summer_time_ends(void **state)
{
	struct zone berlin;
	struct log_clock *clock;
	int64_t start, minute = 0;

	(void)state;
	assert_int_equal(timezone_set("Europe/Berlin", &berlin), 0);
	clock = make(&berlin, 2026, 0);
	start = day(2026, 10, 24) + 23 * UNITS_HOUR; /* 01:00 CEST */
	for (int64_t local = 60; local < 180; local++)
		assert_int_equal(step(clock, at(10, 25, local * 60)),
				 start + minute++ * 60 * UNITS_SECOND);
	for (int64_t local = 120; local < 300; local++)
		assert_int_equal(step(clock, at(10, 25, local * 60)),
				 start + minute++ * 60 * UNITS_SECOND);
	assert_int_equal(log_clock_counts(clock).shifted, 0);
	log_clock_free(clock);
	/* and in spring the hour that is left out is no gap */
	clock = make(&berlin, 2026, 0);
	assert_int_equal(step(clock, at(3, 29, 2 * 3600 - 1)),
			 day(2026, 3, 29) + UNITS_HOUR - UNITS_SECOND);
	assert_int_equal(step(clock, at(3, 29, 3 * 3600)), day(2026, 3, 29) + UNITS_HOUR);
	log_clock_free(clock);
	assert_int_equal(timezone_set("Nowhere/Atall", &berlin), -EINVAL);
	assert_int_equal(timezone_set("../../etc/passwd", &berlin), -EINVAL);
}

static void test_never_backwards(void **state)
{
	struct log_clock *clock = make(&utc, 2026, 0);
	int64_t last = INT64_MIN, time;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct timestamp s = at(1 + unit_below(12), 1 + unit_below(28), unit_below(86400));
		int r = log_clock_step(clock, &shift, &s, INT64_MAX, &time);

		if (r == LOG_CLOCK_HOLD)
			continue;
		if (r == LOG_CLOCK_AGREED) {
			assert_true(log_clock_held(clock, 0) >= last);
			assert_true(log_clock_held(clock, 0) <= time);
		}
		assert_true(time >= last);
		last = time;
	}
	log_clock_free(clock);
}

static int64_t arrives(struct log_clock *clock, struct timestamp stamp, int64_t arrival)
{
	int64_t time = -1;

	assert_int_equal(log_clock_step(clock, &shift, &stamp, arrival, &time), LOG_CLOCK_NOW);
	return time;
}

/* A daemon that runs for days reads stamps without a year: each is of its day, also behind a quiet one. */
static void test_runs_for_days(void **state)
{
	int64_t start = day(2026, 12, 30);
	struct log_clock *clock = make(&utc, 0, start);

	(void)state;
	for (int i = 0; i < 500; i++) {
		int64_t now = start + i * UNITS_DAY + 3600 * UNITS_SECOND;
		struct timestamp stamp = at(12, 30, 3600);

		if (i >= 2) {
			int64_t first = days_from_civil(2027, 1, 1), days = now / UNITS_DAY;
			unsigned month = 1;
			int year = days >= days_from_civil(2028, 1, 1) ? 2028 : 2027;

			first = days_from_civil(year, 1, 1);
			while (month < 12 && days_from_civil(year, month + 1, 1) <= days)
				first = days_from_civil(year, ++month, 1);
			stamp = at(month, (unsigned)(days - first) + 1, 3600);
		} else {
			stamp.day = (uint8_t)(30 + i);
		}
		assert_int_equal(arrives(clock, stamp, now), now);
	}
	assert_int_equal(log_clock_counts(clock).shifted, 0);
	log_clock_free(clock);
}

/* The stamps' clock is set, that of the arrivals is not; an hour passed since the last line. */
static void test_stepped(void **state)
{
	static const int64_t steps[] = { UNITS_DAY,	   -2 * UNITS_DAY,  UNITS_DAY,
					 -400 * UNITS_DAY, 800 * UNITS_DAY, 0 };
	int64_t now = day(2026, 11, 21), ahead = 0;
	struct log_clock *clock = make(&utc, 0, now);
	struct timestamp stamp = { .kind = TIMESTAMP_UTC };

	(void)state;
	for (int i = 0; i < 6; i++) {
		stamp.us = now + ahead;
		assert_int_equal(arrives(clock, stamp, now), now);
		log_clock_stepped(clock, steps[i]);
		ahead += steps[i];
		now += 3600 * UNITS_SECOND;
	}
	assert_int_equal(log_clock_counts(clock).shifted, 0);
	log_clock_free(clock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs_for_days),
		cmocka_unit_test(test_stepped),
		cmocka_unit_test(test_year_is_not_in_the_future),
		cmocka_unit_test(test_leap_day),
		cmocka_unit_test(test_year_option),
		cmocka_unit_test(test_step_back_keeps_pace),
		cmocka_unit_test(test_two_clocks),
		cmocka_unit_test(test_late_lines),
		cmocka_unit_test(test_many_steps_back),
		cmocka_unit_test(test_step_forward_waits_for_three),
		cmocka_unit_test(test_arrival_bounds),
		cmocka_unit_test(test_summer_time_ends),
		cmocka_unit_test(test_never_backwards),
	};

	unit_seed();
	return cmocka_run_group_tests_name("logtime", tests, NULL, NULL);
}
