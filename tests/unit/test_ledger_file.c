/* SPDX-License-Identifier: MIT */
/* Migration step by step, on a file in memory. */
#include "unit.h"

#include "ledger/ledger_file.c"

static sqlite3 *in_memory(void)
{
	sqlite3 *sqlite = NULL;

	assert_int_equal(sqlite3_open(":memory:", &sqlite), SQLITE_OK);
	return sqlite;
}

static long asked_number(sqlite3 *sqlite, const char *text)
{
	long n = -1;

	assert_int_equal(ask_number(sqlite, text, &n), 0);
	return n;
}

static const char *const steps[] = {
	"CREATE TABLE a(x); INSERT INTO a VALUES(1)",
	"ALTER TABLE a ADD COLUMN y DEFAULT 7; INSERT INTO a VALUES(2, 3)",
	"UPDATE a SET y = y + 1",
};

static void from_each_version(void **state)
{
	(void)state;
	for (long from = 0; from <= 3; from++) {
		sqlite3 *sqlite = in_memory();

		assert_int_equal(migrate(sqlite, 0, steps, from), 0);
		assert_int_equal(asked_number(sqlite, "PRAGMA user_version"), from);
		assert_int_equal(migrate(sqlite, from, steps, 3), 0);
		assert_int_equal(asked_number(sqlite, "PRAGMA user_version"), 3);
		assert_int_equal(asked_number(sqlite, "SELECT SUM(y) FROM a"), 12);
		sqlite3_close(sqlite);
	}
}

/* A step that fails leaves the version before it, whole. */
static void step_fails(void **state)
{
	static const char *const bad[] = { "CREATE TABLE a(x)",
					   "CREATE TABLE b(x); CREATE TABLE a(x)" };
	sqlite3 *sqlite = in_memory();

	(void)state;
	assert_int_equal(migrate(sqlite, 0, bad, 2), -EINVAL);
	assert_int_equal(asked_number(sqlite, "PRAGMA user_version"), 1);
	assert_int_equal(asked_number(sqlite, "SELECT COUNT(*) FROM sqlite_master"), 1);
	sqlite3_close(sqlite);
}

/* An empty file of version 0 becomes ours; the second time it is known again. */
static void settles(void **state)
{
	struct ledger_file file = { .path = ":memory:" };
	sqlite3 *sqlite = in_memory();

	(void)state;
	assert_int_equal(ledger_file_settle(&file, sqlite), FILE_NEW);
	assert_int_equal(asked_number(sqlite, "PRAGMA user_version"), VERSION_NOW);
	assert_int_equal(ledger_file_settle(&file, sqlite), FILE_OLD);
	ledger_file_run(sqlite, "PRAGMA user_version = 50");
	assert_int_equal(ledger_file_settle(&file, sqlite), -EPROTO);
	ledger_file_run(sqlite, "PRAGMA user_version = -1"); /* of no program's */
	assert_int_equal(ledger_file_settle(&file, sqlite), -EBADMSG);
	ledger_file_run(sqlite, "PRAGMA application_id = 5");
	assert_int_equal(ledger_file_settle(&file, sqlite), -EBADMSG);
	sqlite3_close(sqlite);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_each_version),
		cmocka_unit_test(step_fails),
		cmocka_unit_test(settles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
