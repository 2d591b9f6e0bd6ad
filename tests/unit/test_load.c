/* SPDX-License-Identifier: MIT */
/* What Postfix's main.cf says, and shares of it. */
#include "unit.h"

#include "daemon/load.c"

static uint32_t limit_of(const char *text)
{
	char path[] = "/tmp/relaydam-main.cf-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	uint32_t limit;

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	limit = load_limit(path);
	remove(path);
	return limit;
}

static void test_limit(void **state)
{
	(void)state;
	assert_int_equal(load_limit("/nowhere/main.cf"), 100);
	assert_int_equal(limit_of(""), 100);
	assert_int_equal(limit_of("default_process_limit = 300\n"), 300);
	assert_int_equal(limit_of("x = y\ndefault_process_limit=7\ndefault_process_limit = 8\n"),
			 8);
	assert_int_equal(limit_of("#default_process_limit = 300\n"), 100);
	assert_int_equal(limit_of(" default_process_limit = 300\n"), 100);
	assert_int_equal(limit_of("default_process_limits = 300\n"), 100);
	assert_int_equal(limit_of("default_process_limit = $x\ndefault_process_limit = -1\n"), 100);
	assert_int_equal(limit_of("default_process_limit = 0\ndefault_process_limit"), 100);
}

static void test_percent(void **state)
{
	(void)state;
	assert_int_equal(load_percent(0, 100), 0);
	assert_int_equal(load_percent(60, 100), 60);
	assert_int_equal(load_percent(61, 100), 61);
	assert_int_equal(load_percent(UINT32_MAX, 1), 1000);
	assert_int_equal(load_percent(1, 0), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
