/* SPDX-License-Identifier: MIT */
#include "engine/program_table.c"
#include "unit.h"

static struct program_table *table_new(void)
{
	struct program_table *table = NULL;

	assert_int_equal(program_table_new(&table), 0);
	return table;
}

static void test_full(void **state)
{
	struct program_table *table = table_new();
	const struct program_count *counts;
	char name[NAME_LONGEST + 1];
	bool is_new;

	(void)state;
	for (size_t i = 0; i < PROGRAM_TABLE_SIZE; i++) {
		snprintf(name, sizeof(name), "%zu-program", i);
		assert_int_equal(program_table_find(table, span_of(name), &is_new), i);
		assert_true(is_new);
	}
	assert_int_equal(program_table_find(table, span_of("7-program"), &is_new), 7);
	assert_false(is_new);
	assert_int_equal(program_table_find(table, span_of("another"), &is_new),
			 PROGRAM_TABLE_SIZE);
	assert_false(is_new);
	assert_int_equal(program_table_counts(table, &counts), PROGRAM_TABLE_SIZE);
	assert_true(span_equal(counts[42].name, span_of("42-program")));
	program_table_free(table);
}

static void test_long_name(void **state)
{
	struct program_table *table = table_new();
	char name[NAME_LONGEST + 1];
	bool is_new;

	(void)state;
	memset(name, 'p', sizeof(name));
	assert_int_equal(program_table_find(table, (struct span){ name, NAME_LONGEST }, &is_new),
			 PROGRAM_TABLE_SIZE);
	assert_int_equal(
		program_table_find(table, (struct span){ name, NAME_LONGEST - 1 }, &is_new), 0);
	assert_int_equal(program_table_find(table, (struct span){ NULL, 0 }, &is_new), 1);
	program_table_free(table);
}

static bool torn(struct program_count *program, int64_t time, size_t n)
{
	static const char text[PROGRAM_TABLE_TORN_BYTES];
	const struct record record = { .time = time, .message = { text, n } };

	return program_cut(program, &record, 1000);
}

/* Behind a cut line: as long as the time or the bytes last. */
static void test_torn(void **state)
{
	struct program_table *table = table_new();
	struct program_count *program;
	bool is_new;

	(void)state;
	program =
		program_table_count(table, program_table_find(table, span_of("courierd"), &is_new));
	assert_false(torn(program, 0, 100));
	assert_false(torn(program, 0, 1000));
	assert_true(torn(program, 1, 900));
	assert_true(torn(program, PROGRAM_TABLE_TORN_TIME, 900)); /* bytes are left */
	for (int i = 0; i < 3; i++)
		assert_true(torn(program, PROGRAM_TABLE_TORN_TIME - 1, 999));
	assert_true(torn(program, PROGRAM_TABLE_TORN_TIME - 1, 1));
	assert_false(torn(program, PROGRAM_TABLE_TORN_TIME, 1));
	assert_int_equal(program->torn, 6);
	assert_false(torn(program, 0, 1000));
	program_table_settle(table);
	assert_false(torn(program, 1, 900));
	program_table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_torn),
	};

	return cmocka_run_group_tests_name("program_table", tests, NULL, NULL);
}
