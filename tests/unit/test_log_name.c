/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <unistd.h>

#include "logline/log_name.c"

static void test_stem_of(void **state)
{
	static const char *const pairs[][2] = {
		{ "mail.log", "mail.log" },
		{ "/var/log/mail.log.1", "mail.log" },
		{ "mail.log.2.gz", "mail.log" },
		{ "mail.log.10.zst", "mail.log" },
		{ "mail.log-20261101.gz", "mail.log" },
		{ "mail.log-2026-11-01.xz", "mail.log" },
		{ "mail.log.20261101-093000", "mail.log" },
		{ "mail.log.old", "mail.log" },
		{ "maillog-20261101", "maillog" },
		{ "maillog.0.bz2", "maillog" },
		{ "mail-20261101.log.gz", "mail.log" },
		{ "mail-2026-11-01.log", "mail.log" },
		{ "mainlog.1", "mainlog" },
		{ "mx-1.log", "mx-1.log" },
		{ "mx1", "mx1" },
		{ "mail.info", "mail.info" },
		{ "20261101", "20261101" },
		{ ".1", ".1" },
		{ "-", "-" },
		{ "", "" },
		{ ".gz", ".gz" },
		{ "1-2.log", "1-2.log" },
	};
	char stem[LOG_NAME_TEXT], name[400];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		log_name_stem(pairs[i][0], stem);
		assert_string_equal(stem, pairs[i][1]);
	}
	memset(name, '1', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	log_name_stem(name, stem);
	assert_int_equal(strlen(stem), LOG_NAME_TEXT - 1);
}

/* The paths of a directory, with it taken off, in one text. */
static int directory(const char *dir, char text[400], char note[LOG_NAME_NOTE])
{
	char **paths;
	size_t n;
	int r = log_name_directory(dir, &paths, &n, note);

	*text = '\0';
	for (size_t i = 0; i < n; i++) {
		snprintf(text + strlen(text), 400 - strlen(text), "%s ",
			 strrchr(paths[i], '/') + 1);
		free(paths[i]);
	}
	free(paths);
	return r;
}

static void test_directory(void **state)
{
	static const char *const names[] = { "x.log", "x.log.1.gz", ".hidden",
					     "y.log", "mail.log.1", "mail.info" };
	char dir[] = "/tmp/relaydam-XXXXXX", path[200], text[400], note[LOG_NAME_NOTE];

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(directory(dir, text, note), -EINVAL);
	for (int i = 0; i < 3; i++)
		unit_write(dir, names[i], "");
	assert_int_equal(directory(dir, text, note), 0);
	assert_string_equal(text, "x.log x.log.1.gz ");
	assert_string_equal(note, "");
	unit_write(dir, names[3], "");
	assert_int_equal(directory(dir, text, note), -EINVAL);
	assert_non_null(strstr(note, "which of these"));
	unit_write(dir, names[4], "");
	unit_write(dir, names[5], "");
	assert_int_equal(directory(dir, text, note), 0);
	assert_string_equal(text, "mail.log.1 ");
	assert_non_null(strstr(note, "left out: mail.info, x.log, x.log.1.gz and 1 more"));
	for (int i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
	rmdir(dir);
	assert_int_equal(directory(dir, text, note), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stem_of),
		cmocka_unit_test(test_directory),
	};

	return cmocka_run_group_tests_name("stem", tests, NULL, NULL);
}
