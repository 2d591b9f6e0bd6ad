/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "client/watch_table.c"

static json_t *answer(int pid, int lines, int bans)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:[{s:s, s:i, s:i}, {s:s, s:i, s:i}]}",
			 "pid", pid, "lines", lines, "hits", lines / 2, "bans", bans,
			 "bans_in_force", 7, "accepted", 3, "blockers", "name", "mx", "sessions",
			 80, "busy", 61, "name", "login", "sessions", 5, "busy", 4);
}

static struct watch_table_sample taken(struct watch_table_host *host, json_t *answer,
				       const char *blocker)
{
	struct watch_table_sample sample = watch_table_take(host, answer, blocker);

	json_decref(answer);
	return sample;
}

static void counters_are_differences(void **state)
{
	struct watch_table_host host = { .name = "mx" };
	struct watch_table_sample s = taken(&host, answer(1, 1000, 10), "");

	(void)state;
	assert_int_equal(s.lines, 0); /* no earlier sample */
	assert_int_equal(s.sessions, 80);
	assert_int_equal(s.in_force, 7);
	s = taken(&host, answer(1, 1500, 12), "login");
	assert_int_equal(s.lines, 500);
	assert_int_equal(s.hits, 250);
	assert_int_equal(s.bans, 2);
	assert_int_equal(s.accepted, 0);
	assert_int_equal(s.busy, 4);
	s = taken(&host, answer(2, 90, 1), "login"); /* another daemon: its counters start at 0 */
	assert_int_equal(s.lines, 0);
	s = taken(&host, NULL, "");
	assert_true(s.unreachable);
	s = taken(&host, answer(2, 100, 1), "none");
	assert_int_equal(s.lines, 0);
	assert_int_equal(s.sessions, 0);
}

static size_t row(char *text, size_t size, const struct watch_table_sample *samples, size_t n,
		  bool colour)
{
	struct watch_table_limits limits = { .sessions = 100, .warn = 60, .alarm = 90 };
	FILE *to = fmemopen(text, size, "w");

	watch_table_row(to, "23:31:20", samples, n, &limits, colour);
	fclose(to);
	return strcspn(text, "\n");
}

static void two_hosts_fill_80_columns(void **state)
{
	struct watch_table_sample samples[2] = {
		{ .sessions = 61, .busy = 90, .lines = 123456, .hits = 12345 },
		{ .unreachable = true }
	};
	struct watch_table_host hosts[2] = { { .name = "mx1" },
					     { .name = "a-very-long-name-of-a-host.example.org" } };
	char text[512] = "", *line;
	FILE *to = fmemopen(text, sizeof(text), "w");

	(void)state;
	watch_table_header(to, hosts, 2, false);
	fclose(to);
	assert_int_equal(strcspn(text, "\n"), 80);
	line = strchr(text, '\n') + 1;
	assert_int_equal(strcspn(line, "\n"), 80);
	memset(text, 0, sizeof(text));
	assert_int_equal(row(text, sizeof(text), samples, 2, false), 80);
	assert_non_null(strstr(text, " 123k  12k "));
}

static void thresholds_have_colours(void **state)
{
	struct watch_table_sample sample = { .sessions = 61, .busy = 90 };
	char text[512] = "";

	(void)state;
	row(text, sizeof(text), &sample, 1, true);
	assert_non_null(strstr(text, "\033[33m  61\033[0m"));
	assert_non_null(strstr(text, "\033[31m  90\033[0m"));
	sample.sessions = sample.busy = 59;
	memset(text, 0, sizeof(text));
	row(text, sizeof(text), &sample, 1, true);
	assert_null(strchr(text, '\033'));
}

static void a_mark_shows_that_a_busy_jail_acts(void **state)
{
	json_t *now = json_pack("{s:[{s:s, s:b}, {s:s, s:b}]}", "jails", "when", "always", "acts",
				1, "when", "busy", "acts", 0);
	struct watch_table_host host = { .name = "mx" };
	struct watch_table_sample sample = watch_table_take(&host, now, "");
	char text[512] = "";

	(void)state;
	assert_false(sample.acting);
	json_object_set_new(json_array_get(json_object_get(now, "jails"), 1), "acts", json_true());
	sample = watch_table_take(&host, now, "");
	assert_true(sample.acting);
	assert_int_equal(row(text, sizeof(text), &sample, 1, false), 44);
	assert_int_equal(text[8], '*');
	json_decref(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_are_differences),
		cmocka_unit_test(two_hosts_fill_80_columns),
		cmocka_unit_test(thresholds_have_colours),
		cmocka_unit_test(a_mark_shows_that_a_busy_jail_acts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
