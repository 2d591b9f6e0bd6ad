/* SPDX-License-Identifier: MIT */
/* log_dir: which files of a directory are the mail log. */
#include "unit.h"

#include <unistd.h>

#include "source/log_dir.c"

/* The paths of a directory, with it taken off, in one text. */
static int mail_log(const char *dir, char text[400], char note[LOG_DIR_NOTE])
{
	char **paths;
	size_t n;
	int r = log_dir_mail_log(dir, &paths, &n, note);

	*text = '\0';
	for (size_t i = 0; i < n; i++) {
		snprintf(text + strlen(text), 400 - strlen(text), "%s ",
			 strrchr(paths[i], '/') + 1);
		free(paths[i]);
	}
	free(paths);
	return r;
}

static void test_mail_log(void **state)
{
	static const char *const names[] = { "x.log", "x.log.1.gz", ".hidden",
					     "y.log", "mail.log.1", "mail.info" };
	char dir[] = "/tmp/relaydam-XXXXXX", path[200], text[400], note[LOG_DIR_NOTE];

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mail_log(dir, text, note), -EINVAL);
	for (int i = 0; i < 3; i++)
		unit_write(dir, names[i], "");
	assert_int_equal(mail_log(dir, text, note), 0);
	assert_string_equal(text, "x.log x.log.1.gz ");
	assert_string_equal(note, "");
	unit_write(dir, names[3], "");
	assert_int_equal(mail_log(dir, text, note), -EINVAL);
	assert_non_null(strstr(note, "which of these"));
	unit_write(dir, names[4], "");
	unit_write(dir, names[5], "");
	assert_int_equal(mail_log(dir, text, note), 0);
	assert_string_equal(text, "mail.log.1 ");
	assert_non_null(strstr(note, "left out: mail.info, x.log, x.log.1.gz and 1 more"));
	snprintf(path, sizeof(path), "%s//", dir);
	assert_int_equal(mail_log(path, text, note), 0);
	assert_string_equal(text, "mail.log.1 ");
	for (int i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
	rmdir(dir);
	assert_int_equal(mail_log(dir, text, note), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mail_log),
	};

	return cmocka_run_group_tests_name("log_dir", tests, NULL, NULL);
}
