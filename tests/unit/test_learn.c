/* SPDX-License-Identifier: MIT */
/* learn: which files of a log are read at the daemon's first start. */
#include "unit.h"

#include "util/array.h"

#include "../lab/tree.h"

#include "replay/learn.c"

#include <unistd.h>

static char dir[] = "/tmp/relaydam-learn-XXXXXX";

/* The names that are found for the log, each with a blank behind it, in the order of their names. */
static void found(const char *log, int64_t since, const char *want)
{
	char path[64], got[256] = "";
	size_t n, first;
	char **paths;

	snprintf(path, sizeof(path), "%s/%s", dir, log);
	paths = learn_rotated(path, since, &n);
	assert_non_null(paths);
	for (size_t left = n; left > 0; left--) {
		first = 0;
		for (size_t i = 1; i < left; i++)
			if (strcmp(paths[i], paths[first]) < 0)
				first = i;
		strcat(strcat(got, paths[first] + strlen(dir) + 1), " ");
		free(paths[first]);
		paths[first] = paths[left - 1];
	}
	free(paths);
	assert_string_equal(got, want);
}

static void test_names(void **state)
{
	static const char *const names[] = {
		"mail.log",
		"mail.log.1",
		"mail.log.2.gz",
		"mail-20261120.log",
		"mail-20261119.log.gz",
		"mail.log-20261118",
		"mail.log-relay",
		"mail.log-relay.1",
		"mail.log.bak~",
		"mail.log.1.gz.tmp",
		"mail.info",
		"[x]*.log",
		"[x]*.log.1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unit_write(dir, names[i], "x\n");
	found("mail.log", 0,
	      "mail-20261119.log.gz mail-20261120.log mail.log mail.log-20261118 mail.log.1 "
	      "mail.log.2.gz ");
	found("mail.log", INT64_MAX, "");
	found("[x]*.log", 0, "[x]*.log [x]*.log.1 ");
	found("none.log", 0, "");
	found("none/mail.log", 0, "");
}

/* A log that is a link: the files beside its target, each once. */
static void test_link(void **state)
{
	char link[64];

	(void)state;
	snprintf(link, sizeof(link), "%s/sub", dir);
	assert_int_equal(mkdir(link, 0755), 0);
	unit_write(link, "target", "x\n");
	unit_write(link, "target.1", "x\n");
	snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink("sub/target", link), 0);
	unit_write(dir, "link.2", "x\n");
	found("link", 0, "link link.2 sub/target.1 ");
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return tree_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_link),
	};

	return cmocka_run_group_tests_name("learn", tests, setup, teardown);
}
