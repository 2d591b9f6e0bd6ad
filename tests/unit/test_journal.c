/* SPDX-License-Identifier: MIT */
/*
 * Journals that systemd-journal-remote writes from export text, in a directory of their own: what is believed,
 * where reading begins, rotation and vacuuming while it is followed. Skipped where that program is missing.
 */
#include "unit.h"

#include "source/journal.c"

#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define REMOTE "/lib/systemd/systemd-journal-remote"
#define UNIT "postfix@-.service"
#define START INT64_C(1700000000000000)

enum { MOST = 4096 };

struct followed {
	char directory[32];
	sd_event *event;
	struct journal *journal;
	size_t n, filled, turns, notes;
	int64_t time[MOST];
	char last[LINE_BUFFER_LINE + 1], program[64], host[64];
	size_t last_n;
	uint32_t pid;
	char note[512];
	char *stop_at; /* the cursor of the entry after which `stop` entries were taken */
	size_t stop;
};

static void on_entry(void *context, const struct record *record, bool fill)
{
	struct followed *f = context;

	assert_true(f->n < MOST);
	f->time[f->n++] = record->stamp.us;
	f->filled += fill;
	memcpy(f->last, record->message.p, record->message.n);
	f->last_n = record->message.n;
	f->last[f->last_n] = '\0';
	snprintf(f->program, sizeof(f->program), "%.*s", (int)record->program.n, record->program.p);
	snprintf(f->host, sizeof(f->host), "%.*s", (int)record->host.n, record->host.p);
	f->pid = record->pid;
	if (f->n == f->stop)
		f->stop_at = strdup(journal_cursor(f->journal));
}

static void on_batch(void *context)
{
	((struct followed *)context)->turns++;
}

static void on_note(void *context, int priority, const char *text)
{
	struct followed *f = context;

	assert_true(priority >= LOG_ERR && priority <= LOG_INFO);
	if (priority < LOG_INFO)
		f->notes++;
	snprintf(f->note, sizeof(f->note), "%s", text);
}

/* Fields of an entry in the export format; each test puts its own behind them. */
static void put_head(FILE *out, int i, const char *unit)
{
	fprintf(out,
		"__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=%lld\n"
		"_BOOT_ID=0123456789abcdef0123456789abcdef\n_HOSTNAME=mx\n_TRANSPORT=syslog\n"
		"_PID=4711\n_UID=101\n_SYSTEMD_UNIT=%s\nSYSLOG_IDENTIFIER=postfix/smtpd\n",
		(long long)(START + i * UNITS_SECOND), (long long)(1000 + i * UNITS_SECOND), unit);
}

static void put(FILE *out, int i, const char *unit, const char *more)
{
	put_head(out, i, unit);
	fprintf(out, "%s\nMESSAGE=entry %d\n\n", more, i);
}

static void put_binary(FILE *out, const char *name, const char *data, size_t n)
{
	const unsigned char size[8] = { (unsigned char)n, (unsigned char)(n >> 8) };

	fprintf(out, "%s\n", name);
	fwrite(size, 1, sizeof(size), out);
	fwrite(data, 1, n, out);
	putc('\n', out);
}

static FILE *export_open(const struct followed *f)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/export", f->directory);
	return fopen(path, "w");
}

/* Appends what was exported to a journal file. */
static void export_into(const struct followed *f, FILE *out, const char *name)
{
	char path[64], into[96];
	char *argv[] = { (char *)REMOTE, (char *)"-o", into, path, NULL };
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid;

	fclose(out);
	snprintf(path, sizeof(path), "%s/export", f->directory);
	snprintf(into, sizeof(into), "%s/%s", f->directory, name);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	assert_int_equal(posix_spawn(&pid, REMOTE, &actions, NULL, argv, NULL), 0);
	posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void put_range(const struct followed *f, int first, int last, const char *name)
{
	FILE *out = export_open(f);

	for (int i = first; i <= last; i++)
		put(out, i, UNIT, "_COMM=smtpd");
	export_into(f, out, name);
}

static void follow(struct followed *f, const char *const *units, const char *cursor,
		   int64_t fill_since)
{
	const struct journal_options options = {
		.event = f->event,
		.units = units,
		.cursor = cursor,
		.fill_since = fill_since,
		.directory = f->directory,
		.events = { f, on_entry, on_batch, on_note },
	};

	f->n = f->filled = f->turns = f->notes = 0;
	assert_int_equal(journal_new(&f->journal, &options), 0);
}

/* Until there were `want` entries, three seconds at most; then a little longer, for those too many. */
static void run(struct followed *f, size_t want)
{
	for (int i = 0; i < 60 && f->n < want; i++)
		assert_true(sd_event_run(f->event, 50000) >= 0);
	while (sd_event_run(f->event, 30000) > 0)
		;
	assert_int_equal(f->n, want);
}

static void unfollow(struct followed *f)
{
	journal_free(f->journal);
	f->journal = NULL;
}

static const char *const postfix[] = { UNIT, NULL };

static struct followed *begin(void)
{
	struct followed *f;

	if (access(REMOTE, X_OK) != 0) {
		print_message("skipped: no %s (package systemd-journal-remote)\n", REMOTE);
		skip();
	}
	f = calloc(1, sizeof(*f));
	strcpy(f->directory, "/tmp/relaydam-journal-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	assert_true(sd_event_new(&f->event) >= 0);
	return f;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void end(struct followed *f)
{
	unfollow(f);
	sd_event_unref(f->event);
	nftw(f->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f->stop_at);
	free(f);
}

/* Of what any process may write, only our unit's own is taken. */
static void test_trust(void **state)
{
	struct followed *f = begin();
	FILE *out = export_open(f);

	(void)state;
	put(out, 1, UNIT, "_COMM=smtpd");
	put(out, 2, "user@1000.service", "_COMM=logger");
	put(out, 3, "postfix@-.service.evil.service", "_COMM=logger");
	put(out, 4, UNIT, "_COMM=cleanup");
	put_head(out, 5, "ssh.service");
	fputs("SYSLOG_PID=4711\nUNIT=" UNIT "\nOBJECT_SYSTEMD_UNIT=" UNIT "\nMESSAGE=forged\n\n",
	      out);
	export_into(f, out, "system.journal");
	/* a person's, through ~/.forward */
	out = export_open(f);
	fprintf(out,
		"__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=9\n_BOOT_ID=0123456789abcdef0123456789abcdef\n"
		"_SYSTEMD_UNIT=" UNIT
		"\n_UID=1000\nSYSLOG_IDENTIFIER=postfix/smtpd\nMESSAGE=forged\n\n",
		(long long)(START + 9000000));
	export_into(f, out, "system.journal");
	follow(f, postfix, "s=0;i=1;t=1", 0);
	run(f, 2);
	assert_string_equal(f->last, "entry 4");
	assert_string_equal(f->program, "postfix/smtpd");
	assert_string_equal(f->host, "mx");
	assert_int_equal(f->pid, 4711);
	assert_int_equal(journal_counts(f->journal).persons, 1);
	assert_int_equal(journal_counts(f->journal).entries, 2);
	end(f);
}

static void test_globs(void **state)
{
	static const char *const globs[] = { "postfix@*", "dovecot.service", NULL };
	struct followed *f = begin();
	FILE *out = export_open(f);

	(void)state;
	put(out, 1, "postfix@a.service", "_COMM=a");
	export_into(f, out, "system.journal");
	follow(f, globs, "s=0;i=1;t=1", 0);
	run(f, 1);
	/* a unit that nobody knew before; and "postfix@*" has no dot, so that it stands for services */
	out = export_open(f);
	put(out, 2, "postfix@new.service", "_COMM=a");
	put(out, 3, "postfix.service", "_COMM=a");
	put(out, 4, "postfix@x.socket", "_COMM=a");
	put(out, 5, "dovecot.service", "_COMM=a");
	export_into(f, out, "system.journal");
	run(f, 3);
	assert_string_equal(f->last, "entry 5");
	end(f);
}

static void test_bytes(void **state)
{
	static const char odd[] = "NOQUEUE: x\nNov 20 00:00:00 mx postfix/smtpd[1]: \0\xff y\n";
	static char lengthy[3 * LINE_BUFFER_LINE];
	struct followed *f = begin();
	FILE *out = export_open(f);

	(void)state;
	put_head(out, 1, UNIT);
	put_binary(out, "MESSAGE", odd, sizeof(odd) - 1);
	fputs("\n", out);
	export_into(f, out, "system.journal");
	follow(f, postfix, "s=0;i=1;t=1", 0);
	run(f, 1);
	assert_int_equal(f->last_n, sizeof(odd) - 2);
	assert_memory_equal(f->last, odd, sizeof(odd) - 2);
	memset(lengthy, 'x', sizeof(lengthy));
	out = export_open(f);
	put_head(out, 2, UNIT);
	put_binary(out, "MESSAGE", lengthy, sizeof(lengthy));
	fputs("\n", out);
	put_head(out, 3, UNIT); /* no message at all */
	fputs("X=y\n\n", out);
	export_into(f, out, "system.journal");
	run(f, 2);
	assert_int_equal(f->last_n, LINE_BUFFER_LINE);
	assert_int_equal(journal_counts(f->journal).cut, 1);
	assert_int_equal(journal_counts(f->journal).broken, 1);
	end(f);
}

/* journald takes the blanks off a message's end: where Courier cuts a line, what is left may end as a whole one does. */
static void test_blanks(void **state)
{
	static const struct {
		const char *message, *raw;
		size_t raw_n;
		const char *want;
	} cases[] = {
#define RAW_OF(text) text, sizeof(text) - 1
		{ "LOGIN FAILED, ip=[203.0.113.9]",
		  RAW_OF("<22>Nov 20 00:00:00 imapd: LOGIN FAILED, ip=[203.0.113.9]    "),
		  "LOGIN FAILED, ip=[203.0.113.9]    " },
		{ "tab", RAW_OF("<22>imapd: tab \t\r\n"), "tab  " },
		{ "whole", RAW_OF("<22>imapd: whole\n\n"), "whole" },
		{ "nul", RAW_OF("<22>imapd: nul \0rest  "), "nul " },
		{ "none", RAW_OF(""), "none" },
#undef RAW_OF
	};
	struct followed *f = begin();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		FILE *out = export_open(f);

		put_head(out, (int)i + 1, UNIT);
		if (i % 2) /* in any order */
			fprintf(out, "MESSAGE=%s\n", cases[i].message);
		put_binary(out, "SYSLOG_RAW", cases[i].raw, cases[i].raw_n);
		if (i % 2 == 0)
			fprintf(out, "MESSAGE=%s\n", cases[i].message);
		fputs("\n", out);
		export_into(f, out, "system.journal");
		if (i == 0)
			follow(f, postfix, "s=0;i=1;t=1", 0);
		run(f, i + 1);
		assert_string_equal(f->last, cases[i].want);
	}
	end(f);
}

static void test_times(void **state)
{
	struct followed *f = begin();
	FILE *out = export_open(f);

	(void)state;
	put(out, 1, UNIT, "_SOURCE_REALTIME_TIMESTAMP=1700000000900000");
	put(out, 2, UNIT, "_SOURCE_REALTIME_TIMESTAMP=1700000002000001");
	put(out, 3, UNIT, "_SOURCE_REALTIME_TIMESTAMP=1");
	put(out, 4, UNIT, "_SOURCE_REALTIME_TIMESTAMP=99999999999999999999999");
	export_into(f, out, "system.journal");
	follow(f, postfix, "s=0;i=1;t=1", 0);
	run(f, 4);
	assert_true(f->time[0] == START + 900000);
	assert_true(f->time[1] == START + 2000000);
	assert_true(f->time[2] == START + 3000000);
	assert_true(f->time[3] == START + 4000000);
	end(f);
}

static void put_suppressed(FILE *out, int i, const char *transport, const char *unit)
{
	fprintf(out,
		"__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=0123456789abcdef0123456789abcdef\n"
		"_TRANSPORT=%s\n_SYSTEMD_UNIT=systemd-journald.service\nMESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\n"
		"SYSLOG_IDENTIFIER=systemd-journald\nMESSAGE=Suppressed 40 messages from %s\n\n",
		(long long)(START + i * UNITS_SECOND), i, transport, unit);
}

static void test_lost(void **state)
{
	static const char *const glob[] = { "postfix@*.service", NULL };
	struct followed *f = begin();
	FILE *out = export_open(f);

	(void)state;
	put_suppressed(out, 1, "driver", UNIT);
	put_suppressed(out, 2, "driver", "ssh.service");
	put_suppressed(out, 3, "journal", UNIT);
	export_into(f, out, "system.journal");
	follow(f, postfix, "s=0;i=1;t=1", 0);
	run(f, 0);
	assert_int_equal(journal_counts(f->journal).lost, 40);
	assert_non_null(strstr(f->note, "dropped 40 messages of " UNIT));
	unfollow(f);
	follow(f, glob, "s=0;i=1;t=1", 0);
	run(f, 0);
	assert_int_equal(journal_counts(f->journal).lost, 40);
	end(f);
}

/* From now on, in a journal that is empty, and in one that is not. */
static void test_from_now(void **state)
{
	struct followed *f = begin();

	(void)state;
	follow(f, postfix, NULL, 0);
	assert_null(journal_cursor(f->journal));
	put_range(f, 1, 5, "system.journal");
	run(f, 5);
	assert_non_null(journal_cursor(f->journal));
	unfollow(f);
	follow(f, postfix, NULL, 0);
	assert_non_null(journal_cursor(f->journal));
	put_range(f, 6, 9, "system.journal");
	run(f, 4);
	assert_string_equal(f->last, "entry 9");
	end(f);
}

/* Stopped after any entry and started again: each once; and those before it again, to fill. */
static void test_cursor(void **state)
{
	struct followed *f = begin();

	(void)state;
	put_range(f, 1, 2000, "system.journal");
	f->stop = 1234;
	follow(f, postfix, "s=0;i=1;t=1", 0);
	run(f, 2000);
	assert_true(f->turns >= 2000 / JOURNAL_BATCH);
	assert_int_equal(f->filled, 0);
	unfollow(f);
	f->stop = 0;
	follow(f, postfix, f->stop_at, 0);
	assert_string_equal(journal_cursor(f->journal), f->stop_at);
	run(f, 2000 - 1234);
	assert_int_equal(f->filled + f->notes, 0);
	assert_true(f->time[0] == START + 1235 * UNITS_SECOND);
	unfollow(f);
	follow(f, postfix, f->stop_at, START + 1200 * UNITS_SECOND);
	run(f, 2000 - 1199);
	assert_int_equal(f->filled, 35);
	unfollow(f);
	/* first start: what is there fills, what comes is judged */
	follow(f, postfix, NULL, START + 1900 * UNITS_SECOND);
	run(f, 101);
	assert_int_equal(f->filled, 101);
	put_range(f, 2001, 2003, "system.journal");
	run(f, 104);
	assert_int_equal(f->filled, 101);
	end(f);
}

static void test_not_a_cursor(void **state)
{
	struct followed *f = begin();

	(void)state;
	put_range(f, 1, 3, "system.journal");
	follow(f, postfix, "nonsense", START);
	run(f, 3);
	assert_int_equal(f->filled, 0);
	assert_int_equal(f->notes, 1);
	end(f);
}

static void rotate(const struct followed *f, const char *to)
{
	char from[64], path[64];

	snprintf(from, sizeof(from), "%s/system.journal", f->directory);
	snprintf(path, sizeof(path), "%s/%s", f->directory, to);
	assert_int_equal(rename(from, path), 0);
}

/* Each entry once, in order, whatever becomes of the files. */
static void test_rotation(void **state)
{
	struct followed *f = begin();
	char path[64];

	(void)state;
	follow(f, postfix, NULL, 0);
	for (int i = 0; i < 4; i++) {
		char name[32];

		put_range(f, 10 * i, 10 * i + 4, "system.journal");
		run(f, (size_t)(10 * i + 5));
		/* written when it has its old name already */
		snprintf(name, sizeof(name), "system@%d.journal", i);
		rotate(f, name);
		put_range(f, 10 * i + 5, 10 * i + 9, "system.journal");
		run(f, (size_t)(10 * i + 10));
		snprintf(name, sizeof(name), "system@%d-x.journal", i);
		rotate(f, name);
		snprintf(path, sizeof(path), "%s/system@%d.journal", f->directory, i);
		assert_int_equal(unlink(path), 0);
	}
	for (size_t i = 0; i < f->n; i++)
		assert_true(f->time[i] == START + (int64_t)i * UNITS_SECOND);
	assert_true(journal_counts(f->journal).rotated > 0);
	end(f);
}

/* The entry of the cursor is gone, at the start and between two turns. */
static void test_vacuum(void **state)
{
	struct followed *f = begin();
	char path[64];

	(void)state;
	put_range(f, 1, 50, "system@1.journal");
	put_range(f, 51, 99, "system.journal");
	f->stop = 20;
	follow(f, postfix, "s=0;i=1;t=1", 0);
	run(f, 99);
	snprintf(path, sizeof(path), "%s/system@1.journal", f->directory);
	assert_int_equal(unlink(path), 0);
	run(f, 99);
	unfollow(f);
	f->stop = 0;
	follow(f, postfix, f->stop_at, 0);
	run(f, 49);
	assert_int_equal(f->notes, 1);
	assert_true(f->time[0] == START + 51 * UNITS_SECOND);
	unfollow(f);
	/* a file that goes before it was read through */
	put_range(f, 100, 1999, "system@2.journal");
	follow(f, postfix, f->stop_at, 0);
	snprintf(path, sizeof(path), "%s/system@2.journal", f->directory);
	assert_int_equal(unlink(path), 0);
	run(f, 49 + 1900);
	unfollow(f);
	/* nothing is left to fill with, and nothing may be taken for it */
	follow(f, postfix, f->stop_at, START);
	run(f, 49);
	assert_int_equal(f->filled, 0);
	end(f);
}

static void test_no_units(void **state)
{
	static const char *const none[] = { NULL };
	struct journal_options options = { .units = none };
	struct journal *journal = NULL;

	(void)state;
	assert_int_equal(journal_new(&journal, &options), -EINVAL);
	assert_null(journal);
	journal_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trust),	     cmocka_unit_test(test_globs),
		cmocka_unit_test(test_bytes),	     cmocka_unit_test(test_blanks),
		cmocka_unit_test(test_times),	     cmocka_unit_test(test_lost),
		cmocka_unit_test(test_from_now),     cmocka_unit_test(test_cursor),
		cmocka_unit_test(test_not_a_cursor), cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_vacuum),	     cmocka_unit_test(test_no_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
