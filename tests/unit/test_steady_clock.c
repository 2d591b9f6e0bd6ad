/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>
#include <time.h>

static int64_t the_wall, the_boot;

static int told_gettime(clockid_t clock, struct timespec *now)
{
	int64_t us = clock == CLOCK_REALTIME ? the_wall : the_boot;

	*now = (struct timespec){ us / 1000000, us % 1000000 * 1000 };
	return 0;
}

#define clock_gettime told_gettime
#include "util/steady_clock.c"
#include "util/units.h"
#undef clock_gettime

#define DAY (86400 * UNITS_SECOND)

static int setup(void **state)
{
	(void)state;
	memset(&steady, 0, sizeof(steady));
	the_wall = 20000 * DAY;
	the_boot = 5 * UNITS_SECOND;
	return 0;
}

static void pass(int64_t us)
{
	the_wall += us;
	the_boot += us;
}

static void test_steps(void **state)
{
	static const int64_t steps[] = {
		DAY, -DAY, -DAY, 4000 * DAY, -UNITS_SECOND, UNITS_SECOND, 2 * UNITS_SECOND
	};
	int64_t now = the_wall, ahead = 0;

	(void)state;
	assert_int_equal(steady_now(), now);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		pass(UNITS_SECOND);
		the_wall += steps[i];
		now += UNITS_SECOND;
		ahead += steps[i];
		assert_int_equal(steady_now(), now);
		assert_int_equal(steady_ahead(), ahead);
		assert_int_equal(steady_wall(now), the_wall);
		assert_int_equal(steady_boot(now), the_boot);
		assert_int_equal(steady_boot(now + 7), the_boot + 7);
	}
	assert_int_equal(steady_wall(INT64_MAX), INT64_MAX);
	assert_int_equal(steady_boot(0), 0);
}

/* As by adjtime(3): it is followed, and no step. */
static void test_slews(void **state)
{
	int64_t before;

	(void)state;
	before = steady_now();
	for (int i = 0; i < 10000; i++) {
		pass(1000);
		the_wall += i < 5000 ? 500 : -2000;
		assert_true(steady_now() >= before);
		before = steady_now();
		assert_int_equal(steady_ahead(), 0);
		assert_int_equal(steady_boot(the_wall), the_boot);
	}
	pass(20 * UNITS_SECOND);
	assert_int_equal(steady_now(), the_wall);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_steps, setup),
		cmocka_unit_test_setup(test_slews, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
