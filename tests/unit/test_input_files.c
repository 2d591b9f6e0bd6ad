/* SPDX-License-Identifier: MIT */
/* inputs, overlap and stream: which files are read, in which order, and how their lines meet. */
#include "unit.h"

#include "../lab/tree.h"

#include "archive/input_files.c"
#include "archive/merge.h"

static char dir[64];

static char *file(const char *name, const char *text)
{
	static char paths[8][128];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, 128, "%s/%s", dir, name);
	unit_write(dir, name, text);
	return path;
}

static int year = 2026;
static const struct zone zone = { .utc = zone_fixed_utc };

static int gather(struct input_files *inputs, char *const *paths, size_t n, bool overlap)
{
	struct input_files_options options = { .zone = &zone, .year = year, .overlap = overlap };

	return input_files_gather(inputs, paths, n, &options);
}

/* What is read of the files: each line's message, "!" for a file that fails. */
static void check_lines(char *const *paths, size_t n, const char *want)
{
	struct input_files inputs;
	struct merge *stream;
	struct span line;
	char text[1000] = "";
	int r;

	assert_int_equal(gather(&inputs, paths, n, false), 0);
	assert_int_equal(merge_new(&stream, &inputs, &zone, year), 0);
	while ((r = merge_next(stream, &line)) != 0) {
		struct record record = { .message = span_of("!") };

		if (r > 0)
			record_parse(line, &record);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%.*s ",
			 (int)record.message.n, record.message.p);
	}
	assert_string_equal(text, want);
	merge_free(stream);
	input_files_free(&inputs);
}

static void refused(char *const *paths, size_t n, const char *why)
{
	struct input_files inputs;

	assert_int_equal(gather(&inputs, paths, n, false), -EINVAL);
	assert_non_null(strstr(inputs.error, why));
	input_files_free(&inputs);
}

#define LINE(time, host, text) "Nov 20 " time " " host " p[1]: " text "\n"

static void test_rotated(void **state)
{
	char *paths[] = {
		file("a", ""),
		file("a.1", LINE("10:03:00", "mx", "3")),
		file("a.2", "none\n" LINE("10:01:00", "mx", "1") LINE("10:02:00", "mx", "2")),
	};

	(void)state;
	check_lines(paths, 3, "none 1 2 3 ");
}

static void test_torn(void **state)
{
	char *paths[] = {
		file("b.3", LINE("10:01:00", "mx", "1") "Nov 20 10:02:00 mx p[1]: to"),
		file("b.2", "rn\n" LINE("10:03:00", "mx", "3") "Nov 20 10:04:00 mx p[1]: half"),
		file("b.1", LINE("10:05:00", "mx", "5") "Nov 20 10:06:00 mx p[1]: whole"),
		file("b", "\n" LINE("10:07:00", "mx", "7") "Nov 20 10:08:00 mx p[1]: end"),
	};

	(void)state;
	/* b has its first time from its second line */
	check_lines(paths, 4, "1 torn 3 half 5 whole 7 end ");
}

static void test_merged(void **state)
{
	char *paths[] = {
		file("c-x.log",
		     LINE("10:01:00", "mx1", "1") LINE("10:03:00", "mx1", "3") "with3\n"),
		file("c-y.log", LINE("10:02:00", "mx2", "2") LINE("10:08:00", "mx2", "8")),
		file("c-x.log.1", LINE("10:00:00", "mx1", "0")),
	};

	(void)state;
	check_lines(paths, 3, "0 1 2 3 with3 8 ");
}

/* A clock that ran in 2040 for one line does not put a host's log behind all others. */
static void test_false_time(void **state)
{
	char *paths[] = {
		file("g-x.log", "2020-01-01T10:00:00Z mx1 p[1]: 1\n"
				"2040-01-01T10:00:00Z mx1 p[1]: false\n"
				"2020-01-01T10:02:00Z mx1 p[1]: 3\n"),
		file("g-y.log", "2020-01-01T10:01:00Z mx2 p[1]: 2\n"
				"2020-01-01T10:03:00Z mx2 p[1]: 4\n"),
	};

	(void)state;
	year = 0;
	check_lines(paths, 2, "1 false 2 3 4 ");
	year = 2026;
}

static void test_damaged(void **state)
{
	char *paths[] = { file("d", LINE("10:01:00", "mx", "1")), file("d.1", "\x1f\x8b\x08") };

	(void)state;
	check_lines(paths, 2, "1 ! ");
	remove(paths[0]);
	check_lines(paths, 2, "! ! ");
}

static void test_twice(void **state)
{
	char *a = file("e.1", LINE("10:01:00", "mx", "1") LINE("10:02:00", "mx", "2"));
	char *b = file("e.2", LINE("10:01:00", "mx", "1") LINE("10:02:00", "mx", "2"));
	char *half = file("e.3", LINE("10:01:00", "mx", "1"));
	char *other = file("e.4", LINE("10:01:00", "mx", "2"));

	(void)state;
	refused((char *[]){ a, a }, 2, "same file");
	refused((char *[]){ a, b }, 2, "same lines");
	refused((char *[]){ half, b }, 2, "same lines");
	check_lines((char *[]){ half, other }, 2, "1 2 ");
}

static void test_overlap(void **state)
{
	char *all = file("f.log", LINE("10:01:00", "mx", "1") LINE("10:02:00", "mx", "2")
					  LINE("10:05:00", "mx", "5"));
	char *info = file("f.info", LINE("10:02:00", "mx", "2"));
	char *late = file("f.late", LINE("10:04:30", "mx", "4"));
	struct input_files inputs;

	(void)state;
	refused((char *[]){ all, info }, 2, "--overlap");
	refused((char *[]){ info, all }, 2, "--overlap");
	assert_int_equal(gather(&inputs, (char *[]){ all, info }, 2, true), 0);
	input_files_free(&inputs);
	/* half a minute is a rotation */
	check_lines((char *[]){ late, all }, 2, "1 2 4 5 ");
}

/* Exim's own log names no host: it may be that of any other log. */
static void test_overlap_without_host(void **state)
{
	char *own = file("h.main", "2026-11-20 10:01:00 [1] 1\n2026-11-20 10:03:00 [1] 3\n");
	char *syslog = file("h.log", LINE("10:01:00", "mx", "1") LINE("10:03:00", "mx", "3"));
	char *before = file("h.old", LINE("09:01:00", "mx", "0") LINE("10:01:30", "mx", "2"));
	char *mixed = file("h.mixed", "Nov 20 10:01:30 p[1]: 2\n" LINE("10:04:00", "mx2", "4"));

	(void)state;
	refused((char *[]){ own, syslog }, 2, "may be of one host");
	refused((char *[]){ syslog, own }, 2, "may be of one host");
	refused((char *[]){ syslog, mixed }, 2, "may be of one host");
	/* half a minute is a rotation */
	check_lines((char *[]){ own, before }, 2, "0 1 2 3 ");
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/relaydam-XXXXXX");
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
		cmocka_unit_test(test_rotated), cmocka_unit_test(test_torn),
		cmocka_unit_test(test_merged),	cmocka_unit_test(test_false_time),
		cmocka_unit_test(test_damaged), cmocka_unit_test(test_twice),
		cmocka_unit_test(test_overlap), cmocka_unit_test(test_overlap_without_host),
	};

	return cmocka_run_group_tests_name("inputs", tests, setup, teardown);
}
