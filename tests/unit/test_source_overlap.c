/* SPDX-License-Identifier: MIT */
/*
 * Sources that hold the same lines: files, and a journal that systemd-journal-remote writes from export text. What needs
 * a journal is skipped where that program is missing.
 */
#include "unit.h"

#include "util/array.h"

#include "../lab/tree.h"

#include "source/source_overlap.c"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#define REMOTE "/lib/systemd/systemd-journal-remote"
#define START INT64_C(1700000000) /* 2023-11-14T22:13:20Z */

static char dir[] = "/tmp/relaydam-overlap-XXXXXX";

static void put_entry(FILE *out, int i, const char *unit, int uid)
{
	fprintf(out,
		"__REALTIME_TIMESTAMP=%lld000000\n__MONOTONIC_TIMESTAMP=%d\n"
		"_BOOT_ID=0123456789abcdef0123456789abcdef\n_HOSTNAME=mx.example\n_TRANSPORT=syslog\n"
		"_PID=4711\n_UID=%d\n_SYSTEMD_UNIT=%s\nSYSLOG_IDENTIFIER=postfix/smtpd\n"
		"MESSAGE=entry %d\n\n",
		(long long)START + i, 1000 + i, uid, unit, i);
}

/* Entries 0 and 1 are Postfix's, 2 that of a person inside its unit, 3 another unit's. */
static void put_journal(void)
{
	char path[64], into[64];
	char *argv[] = { (char *)REMOTE, (char *)"-o", into, path, NULL };
	posix_spawn_file_actions_t actions;
	int status = -1;
	FILE *out;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/export", dir);
	snprintf(into, sizeof(into), "%s/system.journal", dir);
	out = fopen(path, "w");
	assert_non_null(out);
	put_entry(out, 0, "postfix@-.service", 101);
	put_entry(out, 1, "postfix@-.service", 101);
	put_entry(out, 2, "postfix@-.service", 1000);
	put_entry(out, 3, "dovecot.service", 102);
	fclose(out);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	assert_int_equal(posix_spawn(&pid, REMOTE, &actions, NULL, argv, NULL), 0);
	posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Both ways; `whose` with SOURCE_OVERLAP_LINES. */
static void look(struct source_conf a, struct source_conf b, int64_t age, int want,
		 const char *whose)
{
	static const struct zone zone = { .utc = zone_fixed_utc };
	const struct source_overlap_options where = {
		.root = dir, .journal = dir, .zone = &zone, .now = (START + age) * UNITS_SECOND
	};
	char program[SOURCE_OVERLAP_PROGRAM];

	assert_int_equal(source_overlap_find(&a, &b, &where, program), want);
	assert_string_equal(program, whose);
	assert_int_equal(source_overlap_find(&b, &a, &where, program), want);
	assert_string_equal(program, whose);
}

static struct source_conf named(const char *name)
{
	return (struct source_conf){ .file = (char *)name };
}

#define LINE(s, host, pid, i)                                                                      \
	"2023-11-14T22:13:" s "Z " host " postfix/smtpd[" pid "]: entry " i "\n"

static void test_files(void **state)
{
	char link[64];

	(void)state;
	unit_write(dir, "a", LINE("20", "mx", "1", "0") LINE("21", "mx", "1", "1"));
	unit_write(dir, "b", "2023-11-14T22:13:15Z mx dovecot: x\n" LINE("21", "mx", "1", "1"));
	look(named("/a"), named("/b"), 60, SOURCE_OVERLAP_LINES, "postfix");
	/* what is younger than five seconds may be on its way */
	look(named("/a"), named("/b"), 5, SOURCE_OVERLAP_NO, "");
	unit_write(dir, "c", LINE("21", "other", "1", "1"));
	look(named("/a"), named("/c"), 60, SOURCE_OVERLAP_NO, "");
	unit_write(dir, "c", LINE("21", "mx", "2", "1"));
	look(named("/a"), named("/c"), 60, SOURCE_OVERLAP_NO, "");
	unit_write(dir, "c", LINE("24", "mx", "1", "1"));
	look(named("/a"), named("/c"), 60, SOURCE_OVERLAP_NO, "");
	unit_write(dir, "c", LINE("21", "mx", "1", "1") LINE("22", "mx", "1", "2"));
	look(named("/a"), named("/c"), 60, SOURCE_OVERLAP_NO, "");
	look(named("/a"), named("/none"), 60, SOURCE_OVERLAP_NO, "");
	look(named("/none"), named("/none"), 60, SOURCE_OVERLAP_NO, "");
	snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink("a", link), 0);
	look(named("/a"), named("/link"), 60, SOURCE_OVERLAP_FILE, "");
}

/* Of a log that was begun a moment ago, what it was rotated to is read as well; the newest, not a compressed one. */
static void test_rotated(void **state)
{
	static const char *const names[] = { "r-20231114.log", "r.log.1", "r.log-20231114" };
	char path[64];

	(void)state;
	unit_write(dir, "s.log", LINE("20", "mx", "1", "0") LINE("21", "mx", "1", "1"));
	unit_write(dir, "r.log", "");
	unit_write(dir, "r.log.3.gz", "x\n");
	unit_write(dir, "r.log.1.tmp", LINE("20", "mx", "1", "0") LINE("21", "mx", "1", "1"));
	look(named("/r.log"), named("/s.log"), 60, SOURCE_OVERLAP_NO, "");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		unit_write(dir, names[i], LINE("20", "mx", "1", "0") LINE("21", "mx", "1", "1"));
		look(named("/r.log"), named("/s.log"), 60, SOURCE_OVERLAP_LINES, "postfix");
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
}

/* No more of a log than its end is asked; lines of which the first is torn. */
static void test_long(void **state)
{
	static char text[4 * TAIL];
	size_t n = 0;

	(void)state;
	for (int i = 0; n < sizeof(text) - 200; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, LINE("%02d", "mx", "1", "%d"),
				      i / 1000 % 60, i);
	unit_write(dir, "long", text);
	unit_write(dir, "longer", text);
	look(named("/long"), named("/longer"), 3600, SOURCE_OVERLAP_LINES, "postfix");
}

static void test_journal(void **state)
{
	char *postfix[] = { (char *)"postfix@-", NULL };
	char *glob[] = { (char *)"postfix*", NULL }, *dovecot[] = { (char *)"dovecot", NULL };

	(void)state;
	if (access(REMOTE, X_OK) != 0) {
		print_message("skipped: no %s (package systemd-journal-remote)\n", REMOTE);
		skip();
	}
	put_journal();
	unit_write(dir, "mail.log", LINE("20", "mx", "4711", "0") LINE("21", "mx", "4711", "1"));
	look(named("/mail.log"), (struct source_conf){ .journal = postfix }, 60,
	     SOURCE_OVERLAP_LINES, "postfix");
	look(named("/mail.log"), (struct source_conf){ .journal = glob }, 60, SOURCE_OVERLAP_LINES,
	     "postfix");
	/* of another unit, or of a person in this one, nothing is read */
	look(named("/mail.log"), (struct source_conf){ .journal = dovecot }, 60, SOURCE_OVERLAP_NO,
	     "");
	unit_write(dir, "mail.log", LINE("20", "mx", "4711", "0") LINE("22", "mx", "4711", "2"));
	look(named("/mail.log"), (struct source_conf){ .journal = postfix }, 60, SOURCE_OVERLAP_NO,
	     "");
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
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_rotated),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_journal),
	};

	return cmocka_run_group_tests_name("source_overlap", tests, setup, teardown);
}
