/* SPDX-License-Identifier: MIT */
/* The ledger on real files: what comes back, full queues and disks, damage, and kill -9 at any instant. */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "ledger/ledger.c"

#define T0 (1700000000LL * 1000000)

enum { MINUTE = 60 * 1000000, FAST = 20000 /* microseconds between commits */ };

static char directory[64], path[80];
static char notes[8192];

static void keep_notes(void *context, int priority, const char *text)
{
	(void)context;
	(void)priority;
	if (strlen(notes) + strlen(text) + 2 < sizeof(notes))
		strcat(strcat(notes, text), "\n");
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void shell(const char *format, const char *arg)
{
	char command[400];

	snprintf(command, sizeof(command), format, arg, arg, arg);
	assert_int_equal(system(command), 0);
}

static int set_up_directory(void **state)
{
	(void)state;
	strcpy(directory, "/var/tmp/relaydam-ledger-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/ledger.db", directory);
	notes[0] = '\0';
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	shell("rm -rf %s", directory);
	return 0;
}

static struct ledger_options options(void)
{
	return (struct ledger_options){ .now = T0, .interval = FAST, .note = keep_notes };
}

static struct ledger *open_with(struct ledger_options o)
{
	struct ledger *ledger = NULL;

	assert_int_equal(ledger_open(&ledger, path, &o), 0);
	return ledger;
}

static struct prefix client(uint32_t n)
{
	struct addr addr = { .b = { [10] = 0xff,
				    [11] = 0xff,
				    [12] = 10,
				    [13] = (uint8_t)(n >> 16),
				    [14] = (uint8_t)(n >> 8),
				    [15] = (uint8_t)n } };

	return prefix_of(&addr, 32, 64);
}

/* A ban whose place is n, too. */
static struct ledger_ban ban_of(uint32_t n, int source)
{
	return (struct ledger_ban){
		.prefix = client(n),
		.jail = span_of("harvest"),
		.rule = span_of("postfix:unknown"),
		.since = T0 + n,
		.until = T0 + n + 10LL * MINUTE,
		.hits = 5,
		.uid = -1,
		.at = { source, { .device = 1, .inode = 2, .offset = n } },
	};
}

static const struct span a_line = {
	"Nov 20 23:30:45 mx postfix/smtpd[123]: NOQUEUE: reject: RCPT from x[192.0.2.7]: 550 5.1.1",
	88
};

static void commit(struct ledger *ledger)
{
	uint64_t ticket = ledger_commit(ledger);

	for (int i = 0; i < 500 && ledger_committed(ledger) < ticket; i++) {
		struct pollfd p = { .fd = ledger_fd(ledger), .events = POLLIN };

		poll(&p, 1, 20);
		ledger_dispatch(ledger);
	}
	assert_true(ledger_committed(ledger) >= ticket);
}

struct seen {
	uint32_t n;
	uint64_t most; /* offset */
	struct ledger_ban last;
	char jail[LEDGER_NAME + 1], rule[LEDGER_NAME + 1], cursor[LEDGER_CURSOR + 1];
};

static int see(void *context, const struct ledger_ban *ban)
{
	struct seen *seen = context;

	seen->n++;
	seen->last = *ban;
	if (ban->at.place.offset > seen->most)
		seen->most = ban->at.place.offset;
	snprintf(seen->jail, sizeof(seen->jail), "%.*s", (int)ban->jail.n, ban->jail.p);
	snprintf(seen->rule, sizeof(seen->rule), "%.*s", (int)ban->rule.n, ban->rule.p);
	snprintf(seen->cursor, sizeof(seen->cursor), "%.*s", (int)ban->at.place.cursor.n,
		 ban->at.place.cursor.n ? ban->at.place.cursor.p : "");
	return 0;
}

static struct seen load(struct ledger *ledger, int64_t time)
{
	struct seen seen = { 0 };

	assert_int_equal(ledger_load(ledger, time, see, &seen), 0);
	return seen;
}

static uint64_t saved(struct ledger *ledger, int source)
{
	char cursor[LEDGER_CURSOR];
	struct ledger_place place;
	int64_t time = 0;
	int r = ledger_find_place(ledger, source, &time, &place, cursor);

	assert_true(r >= 0);
	return r ? place.offset : 0;
}

struct lines {
	size_t n, bytes[LEDGER_HITS + 1];
	int64_t time[LEDGER_HITS + 1];
};

static int see_line(void *context, const struct ledger_hit *line)
{
	struct lines *lines = context;

	assert_true(lines->n <= LEDGER_HITS);
	lines->bytes[lines->n] = line->line.n;
	lines->time[lines->n++] = line->time;
	return 0;
}

/* All that is kept of a ban and its end comes back after a restart. */
static void comes_back(void **state)
{
	static char cursor[] = "s=0123;i=4567;b=89ab";
	struct ledger *ledger = open_with(options());
	int file = ledger_source(ledger, "/var/log/mail.log");
	int journal = ledger_source(ledger, "journal");
	struct ledger_ban ban = ban_of(7, file), other = ban_of(8, journal);
	struct ledger_end end = { LEDGER_BY_COMMAND, T0 + MINUTE, 1000, ban.at };
	static char longest[20000];
	struct ledger_hit hits[LEDGER_HITS + 2];
	struct lines lines = { 0 };
	struct seen seen;

	(void)state;
	assert_int_equal(ledger_source(ledger, "/var/log/mail.log"), file);
	memset(longest, '\xff', sizeof(longest));
	for (int i = 0; i < LEDGER_HITS + 2; i++)
		hits[i] = (struct ledger_hit){ T0 + i, span_of("rule"), { longest, 2000 } };
	other.at.place = (struct ledger_place){ .cursor = span_of(cursor) };
	assert_int_equal(ledger_ban(ledger, &ban, (struct span){ longest, sizeof(longest) }, hits,
				    LEDGER_HITS + 2),
			 0);
	assert_int_equal(ledger_ban(ledger, &other, a_line, NULL, 0), 0);
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_int_equal(load(ledger, T0 + MINUTE).n, 2);
	assert_int_equal(ledger_unban(ledger, &ban, &end), 0);
	end.how = LEDGER_EXPIRED; /* the first end counts */
	assert_int_equal(ledger_unban(ledger, &ban, &end), 0);
	ledger_turn(ledger, T0);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);

	ledger = open_with(options());
	journal = ledger_source(ledger, "journal");
	seen = load(ledger, T0 + MINUTE);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.jail, "harvest");
	assert_string_equal(seen.rule, "postfix:unknown");
	assert_string_equal(seen.cursor, cursor);
	assert_int_equal(seen.last.at.source, journal);
	assert_int_equal(seen.last.until, other.until);
	assert_int_equal(seen.last.end.how, LEDGER_IN_FORCE);
	assert_int_equal(load(ledger, T0 + MINUTE - 1).n,
			 2); /* to fill windows: the ended one, too */

	memset(&seen, 0, sizeof(seen));
	assert_int_equal(ledger_history(ledger, &ban.prefix, 10, see, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.last.end.how, LEDGER_BY_COMMAND);
	assert_int_equal(seen.last.end.uid, 1000);
	assert_int_equal(seen.last.end.time, T0 + MINUTE);
	assert_int_equal(seen.last.at.source, -1); /* not registered now */
	assert_int_equal(ledger_lines(ledger, seen.last.id, see_line, &lines), 0);
	assert_int_equal(lines.n, 1 + LEDGER_HITS);
	assert_int_equal(lines.bytes[0], LEDGER_LINE);
	assert_int_equal(lines.bytes[1], LEDGER_HIT_LINE);
	assert_int_equal(lines.time[LEDGER_HITS], T0 + LEDGER_HITS + 1);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

/* A ban that waited until the server was busy is carried out: told again, it is a real one, and with its lines. */
static void carried_out_late(void **state)
{
	struct ledger *ledger = open_with(options());
	struct ledger_ban ban = ban_of(7, -1), real = ban, ended = ban_of(8, -1);
	struct ledger_end end = { LEDGER_EXPIRED, T0 + 8, -1, { .source = -1 } };
	struct ledger_sum sums[LEDGER_WOULDS];
	struct lines lines = { 0 };
	struct seen seen;

	(void)state;
	ban.would = LEDGER_BUSY;
	ended.would = LEDGER_BUSY;
	assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
	assert_int_equal(ledger_ban(ledger, &ended, a_line, NULL, 0), 0);
	assert_int_equal(ledger_unban(ledger, &ended, &end), 0);
	ended.would = LEDGER_REAL;
	assert_int_equal(ledger_ban(ledger, &ended, a_line, NULL, 0), 0);
	assert_int_equal(ledger_ban(ledger, &real, (struct span){ 0 }, NULL, 0), 0);
	/* its line is read again, by a daemon that did not know */
	assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_int_equal(ledger_sums(ledger, T0, sums), 0);
	assert_int_equal(sums[LEDGER_BUSY].bans, 1);
	assert_int_equal(sums[LEDGER_BUSY].clients, 1);
	seen = load(ledger, T0 + 8);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.last.would, LEDGER_REAL);
	assert_int_equal(ledger_lines(ledger, seen.last.id, see_line, &lines), 0);
	assert_int_equal(lines.n, 1);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(ledger_history(ledger, &ended.prefix, 10, see, &seen), 0);
	assert_int_equal(seen.last.would, LEDGER_BUSY);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

static void history_of_prefixes(void **state)
{
	struct ledger *ledger = open_with(options());
	struct prefix all = prefix_of(&(struct addr){ 0 }, 0, 0), net = client(0x0105);
	struct seen seen = { 0 };
	struct ledger_ban ban;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		ban = ban_of(i, -1);
		ledger_ban(ledger, &ban, a_line, NULL, 0);
		ledger_turn(ledger, T0);
		if (i % 100 == 0)
			commit(ledger);
	}
	ban.prefix = net = prefix_of(&net.addr, 24, 64);
	ledger_ban(ledger, &ban, a_line, NULL, 0);
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_int_equal(ledger_history(ledger, &net, 1000, see, &seen), 0);
	assert_int_equal(seen.n, 257);
	seen.n = 0;
	net = client(0x0105);
	assert_int_equal(ledger_history(ledger, &net, 1000, see, &seen), 0);
	assert_int_equal(seen.n, 2); /* its own, then that of the /24 */
	assert_int_equal(seen.last.prefix.bits, 96 + 24);
	seen.n = 0;
	assert_int_equal(ledger_history(ledger, &all, 10, see, &seen), 0);
	assert_int_equal(seen.n, 10);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

static void positions_and_checkpoints(void **state)
{
	struct ledger_options o = options();
	struct ledger *ledger;
	char cursor[LEDGER_CURSOR];
	struct ledger_place place;
	struct ledger_mark mark = { 0 };
	int64_t time = 0;
	int source, journal;

	(void)state;
	o.keep_checkpoints = 10LL * MINUTE;
	ledger = open_with(o);
	source = ledger_source(ledger, "/var/log/mail.log");
	journal = ledger_source(ledger, "journal");
	assert_int_equal(ledger_find_place(ledger, source, &time, &place, cursor), 0);
	assert_int_equal(ledger_find_checkpoint(ledger, source, &time, &place, cursor), 0);
	for (int i = 0; i < 60; i++) {
		mark.source = source;
		mark.place =
			(struct ledger_place){ UINT64_MAX, 2, (uint64_t)i, UINT64_MAX - 1, { 0 } };
		assert_int_equal(ledger_place(ledger, T0 + i * (int64_t)MINUTE, &mark), 0);
		assert_int_equal(ledger_checkpoint(ledger, T0 + i * (int64_t)MINUTE, &mark), 0);
		ledger_turn(ledger, T0);
	}
	place = (struct ledger_place){ .cursor = span_of("s=1;i=2") };
	assert_int_equal(ledger_place(ledger, T0 + 5, &(struct ledger_mark){ journal, place }), 0);
	ledger_turn(ledger, T0);
	mark.place.offset = 1000; /* of a turn that does not end */
	assert_int_equal(ledger_place(ledger, T0, &mark), 0);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
	ledger = open_with(o);
	source = ledger_source(ledger, "/var/log/mail.log");
	journal = ledger_source(ledger, "journal");
	assert_int_equal(ledger_find_place(ledger, source, &time, &place, cursor), 1);
	assert_int_equal(place.offset, 59);
	assert_true(place.device == UINT64_MAX && place.hash == UINT64_MAX - 1);
	assert_int_equal(time, T0 + 59LL * MINUTE);
	assert_int_equal(place.cursor.n, 0);
	assert_int_equal(ledger_find_place(ledger, journal, &time, &place, cursor), 1);
	assert_true(time == T0 + 5 && span_equal(place.cursor, span_of("s=1;i=2")));
	time = T0 + 59LL * MINUTE;
	time -= 10LL * MINUTE;
	assert_int_equal(ledger_find_checkpoint(ledger, source, &time, &place, cursor), 1);
	assert_int_equal(place.offset, 49);
	time = T0 + 20LL * MINUTE; /* gone by now: only what is needed is kept */
	assert_int_equal(ledger_find_checkpoint(ledger, source, &time, &place, cursor),
			 LEDGER_LATER);
	assert_int_equal(place.offset, 49);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

/* A reload may bring a longer findtime. */
static void checkpoints_kept_longer(void **state)
{
	struct ledger_options o = options();
	struct ledger *ledger;
	char cursor[LEDGER_CURSOR];
	struct ledger_place place;
	struct ledger_mark mark = { 0 };
	int64_t time = T0 + 20LL * MINUTE;

	(void)state;
	o.keep_checkpoints = 10LL * MINUTE;
	ledger = open_with(o);
	mark.source = ledger_source(ledger, "/var/log/mail.log");
	ledger_keep_checkpoints(ledger, 60LL * MINUTE);
	for (int i = 0; i < 60; i++) {
		mark.place.offset = (uint64_t)i;
		assert_int_equal(ledger_checkpoint(ledger, T0 + i * (int64_t)MINUTE, &mark), 0);
		ledger_turn(ledger, T0);
	}
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
	ledger = open_with(o);
	mark.source = ledger_source(ledger, "/var/log/mail.log");
	assert_int_equal(ledger_find_checkpoint(ledger, mark.source, &time, &place, cursor), 1);
	assert_int_equal(place.offset, 20);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

static int count_rows(void *context, int columns, char **values, char **names)
{
	(void)columns;
	(void)names;
	*(long *)context = strtol(values[0], NULL, 10);
	return 0;
}

static long rows(const char *table)
{
	char text[64];
	sqlite3 *sqlite;
	long n = -1;

	snprintf(text, sizeof(text), "SELECT COUNT(*) FROM %s", table);
	assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sqlite, text, count_rows, &n, NULL), SQLITE_OK);
	sqlite3_close(sqlite);
	return n;
}

static void keeps_so_long(void **state)
{
	struct ledger_options o = options();
	struct ledger *ledger;
	struct ledger_counts counts;

	(void)state;
	o.keep = 60LL * MINUTE;
	ledger = open_with(o);
	for (uint32_t i = 0; i < 500; i++) {
		struct ledger_ban ban = ban_of(i, -1);

		assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
		ledger_turn(ledger, T0);
		if (i % 100 == 99)
			commit(ledger);
	}
	for (int i = 0; i < 5; i++) {
		ledger_turn(ledger, T0 + 2LL * 60 * MINUTE);
		commit(ledger);
		counts = ledger_counts(ledger);
		assert_int_equal(counts.deleted, i < 3 ? (i + 1) * 200 - (i == 2) * 100 : 500);
	}
	assert_int_equal(load(ledger, 0).n, 0);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
	assert_int_equal(rows("line"), 0);
}

static void keeps_so_many(void **state)
{
	struct ledger_options o = options();
	struct ledger *ledger;
	struct ledger_ban ban;

	(void)state;
	o.keep_bans = 100;
	ledger = open_with(o);
	for (uint32_t i = 0; i < 1000; i++) {
		ban = ban_of(i, -1);
		ban.until = i < 10 ? INT64_MAX : T0 + i + 1;
		assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
		ledger_turn(ledger, T0 + MINUTE);
		if (i % 100 == 99)
			commit(ledger);
	}
	assert_in_range(load(ledger, 0).n, 110, 200);
	commit(ledger);
	assert_int_equal(load(ledger, 0).n, 110); /* those in force stay, old as they are */
	assert_int_equal(load(ledger, T0 + MINUTE).n, 10);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

/* What nobody has ended is told at the start, be its time over or not; what was ended is not. */
static void load_open(void **state)
{
	struct ledger *ledger = open_with(options());
	struct ledger_end end = { LEDGER_BY_COMMAND, T0 + 5, 0, { .source = -1 } };
	struct ledger_ban ban;
	struct seen seen = { 0 };

	(void)state;
	for (uint32_t i = 1; i <= 3; i++) {
		ban = ban_of(i, -1);
		if (i == 1)
			ban.until = T0 + 2;
		assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
	}
	assert_int_equal(ledger_unban(ledger, &ban, &end), 0);
	ledger_turn(ledger, T0 + MINUTE);
	commit(ledger);
	assert_int_equal(ledger_load_open(ledger, see, &seen), 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(load(ledger, T0 + MINUTE).n, 1);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

/* A client's second ban in a jail ends the first: whatever ends the second, nothing comes back. */
static void one_open(void **state)
{
	struct ledger *ledger = open_with(options());
	struct ledger_end end = { LEDGER_BY_COMMAND, T0 + 5, 0, { .source = -1 } };
	struct ledger_ban ban = ban_of(1, -1), other = ban_of(1, -1);
	struct seen seen = { 0 };

	(void)state;
	other.jail = span_of("other");
	assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
	assert_int_equal(ledger_ban(ledger, &other, a_line, NULL, 0), 0);
	ban.since += 3;
	ban.until = T0 + 7;
	assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
	assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0); /* told again */
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_int_equal(ledger_load_open(ledger, see, &seen), 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(load(ledger, T0 + 6).n, 2);
	assert_int_equal(ledger_unban(ledger, &ban, &end), 0);
	ledger_turn(ledger, T0);
	commit(ledger);
	seen.n = 0;
	assert_int_equal(ledger_load_open(ledger, see, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.jail, "other");
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

/* Two lines of one second make two bans, whatever became of the first; one line makes one. */
static void one_second(void **state)
{
	struct ledger *ledger = open_with(options());
	int source = ledger_source(ledger, "log");
	struct ledger_ban ban = ban_of(1, source);
	struct ledger_end end = { LEDGER_BY_COMMAND, ban.since + 5, 0, { .source = -1 } };
	struct seen seen = { 0 };

	(void)state;
	ban.would = LEDGER_DRY;
	assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
	ban.would = LEDGER_REAL;
	for (int i = 0; i < 3; i++) {
		ban.at.place.offset += 100;
		assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
		assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
		if (i < 2)
			assert_int_equal(ledger_unban(ledger, &ban, &end), 0);
	}
	ban.at.source = -1;
	assert_int_equal(ledger_offer(ledger, &ban), 0);
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_int_equal(load(ledger, 0).n, 4);
	assert_int_equal(ledger_load_open(ledger, see, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.last.since, ban.since);
	assert_int_equal(seen.last.would, LEDGER_REAL);
	assert_int_equal(seen.last.at.place.offset, 301);
	assert_int_equal(ledger_unban(ledger, &ban, &end), 0);
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_int_equal(load(ledger, end.time).n, 0);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

static void sql(const char *text)
{
	sqlite3 *sqlite;

	assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sqlite, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sqlite);
}

/* A file of before, in which a client's bans in one jail have no end: the last one keeps on. */
static void many_open(void **state)
{
	struct ledger *ledger = open_with(options());
	struct ledger_ban ban = ban_of(1, -1);
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
	ban = ban_of(2, -1);
	assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
	ledger_turn(ledger, T0);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
	sql("DROP INDEX ban_open; DROP INDEX ban_due;"
	    "DROP TABLE would; PRAGMA user_version = 2;"
	    "INSERT INTO ban(addr, bits, jail, since, until, ends, rule, hits, uid)"
	    " SELECT addr, bits, jail, since + n, until, ends, rule, hits, uid"
	    " FROM ban, (SELECT 10 AS n UNION SELECT 20) WHERE ban.id = 1");
	ledger = open_with(options());
	assert_int_equal(ledger_load_open(ledger, see, &seen), 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(load(ledger, T0 + 2 * MINUTE).n, 2);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

static struct ledger_sum dry_sums(struct ledger *ledger)
{
	struct ledger_sum sums[LEDGER_WOULDS];

	assert_int_equal(ledger_sums(ledger, T0, sums), 0);
	assert_int_equal(sums[LEDGER_REAL].bans, 0);
	return sums[LEDGER_DRY];
}

/* What a dry run would have done is summed up as it comes: rows that are gone since are in it; a file of before is counted once. */
static void sums(void **state)
{
	enum { DAY = 24 * 60 };
	struct ledger_options o = options();
	struct ledger *ledger;
	struct ledger_ban ban;
	struct ledger_end end = { LEDGER_EXPIRED, T0 + 40LL * DAY * MINUTE, -1, { .source = -1 } };

	(void)state;
	o.keep_bans = 600;
	ledger = open_with(o);
	for (uint32_t i = 0; i < 1000; i++) {
		ban = ban_of(i % 500, -1); /* each client twice, on two days */
		ban.since = T0 + i / 500 * 2LL * DAY * MINUTE;
		ban.until = ban.since + 1;
		ban.would = i % 10 ? LEDGER_DRY : LEDGER_REAL;
		assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
		assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
		ban.mails = i == 1 ? 7 : i == 502 ? 2 : 0;
		assert_int_equal(ledger_unban(ledger, &ban, &end), 0);
		assert_int_equal(ledger_unban(ledger, &ban, &end), 0);
		ledger_turn(ledger, T0 + 40LL * DAY * MINUTE);
		if (i % 100 == 99)
			commit(ledger);
	}
	assert_in_range(load(ledger, 0).n, 600, 850);
	assert_int_equal(dry_sums(ledger).bans, 900);
	assert_int_equal(dry_sums(ledger).clients, 450);
	assert_int_equal(dry_sums(ledger).delivered, 2);
	assert_int_equal(dry_sums(ledger).mails, 9);
	ban.since += 29LL * DAY * MINUTE;
	ban.would = LEDGER_DRY;
	assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_int_equal(dry_sums(ledger).clients, 451);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

static void sums_of_before(void **state)
{
	struct ledger *ledger = open_with(options());
	struct ledger_ban ban;

	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		ban = ban_of(i % 15, -1);
		ban.since += i;
		ban.would = LEDGER_DRY;
		assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
	}
	ledger_turn(ledger, T0);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
	sql("UPDATE ban SET mails = 1 WHERE id > 18; DROP TABLE would;"
	    "PRAGMA user_version = 3");
	ledger = open_with(options());
	assert_int_equal(dry_sums(ledger).bans, 20);
	assert_int_equal(dry_sums(ledger).clients, 15);
	assert_int_equal(dry_sums(ledger).mails, 2);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

/* Nothing takes the lock: no commit while the queue runs over. */
static void queue_full(void **state)
{
	struct ledger_options o = options();
	struct ledger *ledger;
	struct ledger_counts counts;
	struct ledger_ban ban;
	struct ledger_mark mark;
	uint32_t n = 0, lost;
	int source, r;

	(void)state;
	o.queue = LEDGER_LEAST_QUEUE;
	o.interval = 3600LL * UNITS_SECOND;
	ledger = open_with(o);
	source = ledger_source(ledger, "log");
	mark = (struct ledger_mark){ source, { .offset = 1 } };
	assert_int_equal(ledger_place(ledger, T0, &mark), 0);
	ledger_turn(ledger, T0);
	do { /* one turn, so that the thread may not take it */
		ban = ban_of(++n, source);
		r = ledger_ban(ledger, &ban, a_line, NULL, 0);
		assert_true(n < 10000);
	} while (r == 0);
	assert_int_equal(r, LEDGER_LOST);
	lost = n;
	counts = ledger_counts(ledger);
	assert_int_equal(counts.lost, 1);
	assert_int_equal(counts.missed, 0);
	assert_true(counts.slimmed > 0 && counts.held);
	mark.place.offset = n;
	assert_int_equal(ledger_place(ledger, T0, &mark), LEDGER_HELD);
	assert_int_equal(ledger_checkpoint(ledger, T0, &mark), LEDGER_HELD);
	assert_false(ledger_wanted(ledger));
	assert_int_equal(ledger_resume(ledger), LEDGER_HELD);
	/* a command still finds room */
	ban = ban_of(1, source);
	assert_int_equal(ledger_unban(ledger, &ban,
				      &(struct ledger_end){ LEDGER_BY_COMMAND, T0 + 5, 0, ban.at }),
			 0);
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_int_equal(saved(ledger, source), 1);
	assert_int_equal(load(ledger, T0 + 5).n, lost - 2);

	/* told again, all of them: those that were written are there once, the ended one stays ended */
	assert_true(ledger_wanted(ledger));
	for (uint32_t i = 1; i <= lost; i++) {
		ban = ban_of(i, source);
		while (ledger_offer(ledger, &ban) == LEDGER_FULL) {
			ledger_turn(ledger, T0);
			commit(ledger);
		}
	}
	assert_int_equal(ledger_resume(ledger), 0);
	assert_int_equal(ledger_place(ledger, T0, &mark), 0);
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_int_equal(saved(ledger, source), lost);
	assert_int_equal(load(ledger, T0 + 5).n, lost - 1);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

/* What a person says is not lost in a queue that is full: it waits, and no place is held back for it. */
static void words_wait(void **state)
{
	struct ledger_options o = options();
	struct ledger *ledger;
	struct ledger_ban ban;
	uint32_t n = 0, words;
	int r;

	(void)state;
	o.queue = LEDGER_LEAST_QUEUE;
	o.interval = 3600LL * UNITS_SECOND;
	ledger = open_with(o);
	do {
		ban = ban_of(++n, -1);
		ban.uid = 0;
		r = ledger_ban(ledger, &ban, (struct span){ 0 }, NULL, 0);
	} while (r == 0 && n < 10000);
	assert_int_equal(r, LEDGER_FULL);
	words = n - 1;
	n = 0;
	do {
		struct ledger_end end = { LEDGER_BY_COMMAND, T0 + 5, 0, { .source = -1 } };

		ban = ban_of(++n, -1);
		r = ledger_unban(ledger, &ban, &end);
	} while (r == 0 && n < 10000);
	assert_int_equal(r, LEDGER_FULL);
	assert_int_equal(ledger_counts(ledger).lost, 0);
	assert_false(ledger_counts(ledger).held);
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_true(words > 0);
	assert_int_equal(ledger_counts(ledger).bans, words);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

static void refuses(void **state)
{
	struct ledger_options o = options();
	struct ledger *ledger = open_with(o), *second = NULL;
	struct ledger_ban ban = ban_of(1, 0);
	static char name[5000];
	struct ledger_mark mark = { 0 };

	(void)state;
	assert_int_equal(ledger_open(&second, path, &o), -EBUSY);
	assert_non_null(strstr(notes, "another relaydam uses"));
	assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), -EINVAL); /* no such source */
	assert_int_equal(ledger_source(ledger, ""), -EINVAL);
	memset(name, 'x', sizeof(name) - 1);
	assert_int_equal(ledger_source(ledger, name), -EINVAL);
	for (int i = 0; i < LEDGER_SOURCES; i++) {
		snprintf(name, sizeof(name), "log%d", i);
		assert_int_equal(ledger_source(ledger, name), i);
	}
	assert_int_equal(ledger_source(ledger, "one more"), -ENOSPC);
	ban.jail.n = 0;
	assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), -EINVAL);
	mark.place.cursor = (struct span){ name, LEDGER_CURSOR + 1 };
	assert_int_equal(ledger_place(ledger, T0, &mark), -EINVAL);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
	assert_int_equal(ledger_close(NULL, 0), 0);
	o.queue = 100;
	assert_int_equal(ledger_open(&second, path, &o), -EINVAL);
}

static void unwritable(void **state)
{
	struct ledger_options o = options();
	struct ledger *ledger = NULL;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(ledger_open(&ledger, "/nonexistent/ledger.db", &o), -ENOENT);
	assert_non_null(strstr(notes, "cannot write /nonexistent/ledger.db.lock: No such file"));
	assert_int_equal(chmod(directory, 0555), 0);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && seteuid(65534) < 0)
			_exit(2);
		_exit(ledger_open(&ledger, path, &o) == -EACCES ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(directory, 0755), 0);
}

/* -- damage -- */

static void fill(uint32_t n)
{
	struct ledger *ledger = open_with(options());

	for (uint32_t i = 0; i < n; i++) {
		struct ledger_ban ban = ban_of(i, -1);

		assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
		if (i % 100 == 99 || i == n - 1) {
			ledger_turn(ledger, T0);
			commit(ledger);
		}
	}
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

static void scribble(off_t from, size_t n)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	while (n--) {
		uint8_t byte = (uint8_t)unit_below(256);

		assert_int_equal(pwrite(fd, &byte, 1, from++), 1);
	}
	close(fd);
}

static void new_after_damage(void)
{
	struct ledger *ledger = open_with(options());

	assert_non_null(strstr(notes, "is damaged ("));
	assert_non_null(strstr(notes, ".damaged-20231114T221320Z, a new one is begun"));
	assert_int_equal(load(ledger, 0).n, 0);
	assert_false(ledger_counts(ledger).held);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
	shell("test -e %s.damaged-20231114T221320Z && test $(stat -c %%a %s) = 600", path);
	fill(10);
}

static void damaged_truncated(void **state)
{
	(void)state;
	fill(1000);
	assert_int_equal(truncate(path, 100000), 0);
	new_after_damage();
}

static void damaged_in_the_middle(void **state)
{
	(void)state;
	fill(1000);
	scribble(20000, 30000);
	new_after_damage();
}

static void damaged_not_sqlite(void **state)
{
	(void)state;
	shell("seq 100000 > %s; chmod 600 %s", path);
	new_after_damage();
}

static void damaged_foreign(void **state)
{
	sqlite3 *sqlite;

	(void)state;
	assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sqlite, "CREATE TABLE x(y)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sqlite);
	shell("chmod 600 %s", path);
	new_after_damage();
}

/* Rows that no ledger wrote are left out: 256 more bits are not the whole world. */
static void rows_of_another_hand(void **state)
{
	static const char *const changes[] = {
		"UPDATE ban SET bits = bits + 256 WHERE id = 1",
		"UPDATE ban SET bits = -1 WHERE id = 2",
		"UPDATE ban SET jail = '' WHERE id = 3",
		"UPDATE ban SET addr = x'00' WHERE id = 4",
		"UPDATE ban SET bits = 95 WHERE id = 5",
		"UPDATE ban SET id = -6944656882854158500 WHERE id = 6",
	};
	struct ledger *ledger;
	sqlite3 *sqlite;

	(void)state;
	fill(8);
	assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		assert_int_equal(sqlite3_exec(sqlite, changes[i], NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sqlite);
	ledger = open_with(options());
	assert_int_equal(load(ledger, 0).n, 2);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

/* While it runs: a new file, and no position before all bans in force were told again. */
static void damaged_while_running(void **state)
{
	struct ledger *ledger;
	struct ledger_ban ban;
	struct ledger_mark mark;
	struct seen seen = { 0 };
	int source, i;

	(void)state;
	fill(2000);
	ledger = open_with(options());
	source = ledger_source(ledger, "log");
	mark = (struct ledger_mark){ source, { .offset = 5 } };
	scribble(4096, 200000);
	assert_int_equal(ledger_load(ledger, 0, see, &seen), -EBADMSG);
	for (i = 0; i < 500 && !ledger_counts(ledger).held; i++)
		usleep(10000);
	ledger_dispatch(ledger);
	assert_non_null(strstr(notes, "is damaged"));
	assert_int_equal(ledger_place(ledger, T0, &mark), LEDGER_HELD);
	commit(ledger);
	assert_true(ledger_wanted(ledger));
	ban = ban_of(3, source);
	assert_int_equal(ledger_offer(ledger, &ban), 0);
	assert_int_equal(ledger_resume(ledger), 0);
	assert_int_equal(ledger_place(ledger, T0, &mark), 0);
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_int_equal(load(ledger, 0).n, 1);
	assert_int_equal(saved(ledger, source), 5);
	shell("rm %s", path); /* by an admin */
	ledger_ban(ledger, &ban, a_line, NULL, 0);
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_true(ledger_counts(ledger).held);
	assert_non_null(strstr(notes, "was removed or moved"));
	assert_int_equal(load(ledger, 0).n, 1);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

static ino_t shm_inode(void)
{
	char name[160];
	struct stat st;

	snprintf(name, sizeof(name), "%s-shm", path);
	assert_int_equal(stat(name, &st), 0);
	return st.st_ino;
}

/* One -shm for two files would be cut short under whoever has it mapped: SIGBUS. */
static void shm_of_its_own(void **state)
{
	struct ledger *ledger;
	struct ledger_ban ban;
	struct seen seen = { 0 };
	sqlite3 *reader;
	ino_t before;

	(void)state;
	fill(8);
	/* with nobody else there, to connect is to map it */
	assert_int_equal(ledger_file_connect(&(struct ledger_file){ .path = path },
					     SQLITE_OPEN_READONLY, 64, &reader),
			 0);
	shm_inode();
	sqlite3_close(reader);

	ledger = open_with(options());
	pthread_mutex_lock(&ledger->writer->naming); /* as when it is just set aside */
	assert_int_equal(ledger_load(ledger, 0, see, &seen), -EBUSY);
	pthread_mutex_unlock(&ledger->writer->naming);
	assert_int_equal(load(ledger, 0).n, 8);
	before = shm_inode();
	shell("mv %s %s.old", path); /* by an admin, while it is read */
	ban = ban_of(3, ledger_source(ledger, "log"));
	ledger_ban(ledger, &ban, a_line, NULL, 0);
	ledger_turn(ledger, T0);
	commit(ledger);
	assert_true(shm_inode() != before);
	assert_int_equal(load(ledger, 0).n, 1);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

/* A fault of the thread's own must reach whoever reports it. */
static void faults_are_heard(void **state)
{
	unsigned long long blocked = 0;
	struct ledger *ledger;
	char line[128];
	glob_t tasks;

	(void)state;
	ledger = open_with(options());
	commit(ledger); /* so the thread runs */
	assert_int_equal(glob("/proc/self/task/*/status", 0, NULL, &tasks), 0);
	for (size_t i = 0; blocked == 0 && i < tasks.gl_pathc; i++) {
		FILE *status = fopen(tasks.gl_pathv[i], "re");

		assert_non_null(status);
		while (fgets(line, sizeof(line), status))
			sscanf(line, "SigBlk: %llx", &blocked);
		fclose(status);
	}
	globfree(&tasks);
	assert_true(blocked & 1ULL << (SIGTERM - 1));
	assert_false(blocked & 1ULL << (SIGBUS - 1));
	assert_false(blocked & 1ULL << (SIGSEGV - 1));
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

static void newer_version(void **state)
{
	struct ledger_options o = options();
	struct ledger *ledger = NULL;
	sqlite3 *sqlite;

	(void)state;
	fill(3);
	assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
	sqlite3_exec(sqlite, "PRAGMA user_version = 99", NULL, NULL, NULL);
	sqlite3_close(sqlite);
	assert_int_equal(ledger_open(&ledger, path, &o), -EPROTO);
	assert_non_null(strstr(notes, "newer relaydam (version 99"));
	assert_int_equal(access(path, F_OK), 0);
}

/* -- a disk that fails -- */

/* Bans until commits fail; then make room, and all must be there. */
static void fill_disk(void (*make_room)(void))
{
	struct ledger *ledger = open_with(options());
	int source = ledger_source(ledger, "log");
	uint32_t n = 0;
	static char line[4000];

	memset(line, 'x', sizeof(line));
	while (!ledger_counts(ledger).failing && n < 20000) {
		struct ledger_ban ban = ban_of(++n, source);

		assert_int_equal(
			ledger_ban(ledger, &ban, (struct span){ line, sizeof(line) }, NULL, 0), 0);
		ledger_place(ledger, T0, &ban.at);
		ledger_turn(ledger, T0);
		while (ledger_counts(ledger).queued > QUEUE / 4 && !ledger_counts(ledger).failing)
			usleep(200);
	}
	assert_true(ledger_counts(ledger).failing);
	ledger_dispatch(ledger);
	assert_non_null(strstr(notes, "cannot be written ("));
	make_room();
	commit(ledger);
	assert_non_null(strstr(notes, "is written again"));
	assert_int_equal(load(ledger, 0).n, n);
	assert_int_equal(saved(ledger, source), n);
	assert_int_equal(ledger_counts(ledger).lost, 0);
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

static void remount(void)
{
	assert_int_equal(mount(NULL, directory, NULL, MS_REMOUNT, "size=64m"), 0);
}

/* A tmpfs of its own where that is allowed. In a child, whose mounts go with it. */
static void disk_full(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("tmpfs", directory, "tmpfs", 0, "size=1m") < 0)
			_exit(77);
		fill_disk(remount);
		umount(directory);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void lift_limit(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void file_too_large(void **state)
{
	struct rlimit limit;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 1024 * 1024;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	fill_disk(lift_limit);
	signal(SIGXFSZ, SIG_DFL);
}

static unsigned threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned n = 0;

	assert_non_null(tasks);
	while (readdir(tasks))
		n++;
	closedir(tasks);
	return n;
}

/* Somebody's shell holds the write lock: told once, and over when it goes; closing does not wait for ever. */
static void locked(void **state)
{
	unsigned before = threads();
	struct ledger *ledger = open_with(options());
	struct ledger_ban ban = ban_of(1, -1);
	sqlite3 *sqlite;
	double start;

	(void)state;
	assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	ledger_ban(ledger, &ban, a_line, NULL, 0);
	ledger_turn(ledger, T0);
	ledger_commit(ledger);
	while (ledger_counts(ledger).faults < 2)
		usleep(10000);
	assert_int_equal(ledger_committed(ledger), 0);
	sqlite3_exec(sqlite, "ROLLBACK", NULL, NULL, NULL);
	commit(ledger);
	assert_non_null(strstr(notes, "another program has locked it"));
	assert_int_equal(sqlite3_exec(sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	ban = ban_of(2, -1);
	ledger_ban(ledger, &ban, a_line, NULL, 0);
	ledger_turn(ledger, T0);
	start = seconds();
	assert_int_equal(ledger_close(ledger, UNITS_SECOND / 2), -ETIMEDOUT);
	assert_true(seconds() - start < 2);
	sqlite3_close(sqlite);
	for (int i = 0; i < 10000 && threads() > before; i++)
		usleep(1000);
	assert_int_equal(threads(), before); /* it has freed itself; the sanitizer looks */
}

/* -- kill -9 -- */

enum { SOURCES = 2 };

/* Bans with their place, alternating between sources, each place saved in its turn; tells which were confirmed. */
static void write_until_killed(int confirm)
{
	struct ledger_options o = options();
	struct ledger *ledger = NULL;
	uint64_t ticket = 0;
	uint32_t n[SOURCES], asked[SOURCES] = { 0 };

	o.interval = 2000;
	if (ledger_open(&ledger, path, &o) < 0)
		_exit(1);
	for (int i = 0; i < SOURCES; i++)
		n[i] = (uint32_t)saved(ledger, ledger_source(ledger, i ? "b" : "a"));
	for (;;) {
		uint32_t bans = 1 + unit_below(5);

		for (int i = 0; i < SOURCES; i++) {
			struct ledger_ban ban;

			for (uint32_t k = 0; k < bans; k++) {
				ban = ban_of(++n[i], i);
				ban.jail = span_of(i ? "b" : "a");
				if (ledger_ban(ledger, &ban, a_line, NULL, 0) != 0)
					_exit(2); /* more than the disk takes: the test is wrong */
			}
			ledger_place(ledger, T0, &ban.at);
		}
		ledger_turn(ledger, T0);
		if (ticket && ledger_committed(ledger) >= ticket) {
			if (write(confirm, asked, sizeof(asked)) != sizeof(asked))
				_exit(3);
			ticket = 0;
		}
		if (!ticket) {
			memcpy(asked, n, sizeof(asked));
			ticket = ledger_commit(ledger);
		}
		do
			usleep(100);
		while (ledger_counts(ledger).queued > QUEUE / 4); /* a disk that others use, too */
	}
}

struct per_source {
	uint32_t n[SOURCES];
	uint64_t most[SOURCES];
};

static int count_source(void *context, const struct ledger_ban *ban)
{
	struct per_source *per = context;

	assert_in_range(ban->at.source, 0, SOURCES - 1);
	per->n[ban->at.source]++;
	if (ban->at.place.offset > per->most[ban->at.source])
		per->most[ban->at.source] = ban->at.place.offset;
	return 0;
}

static void check_after_kill(const uint32_t *confirmed)
{
	struct ledger *ledger = open_with(options());
	struct per_source per = { 0 };

	assert_string_equal(notes, ""); /* no damage */
	ledger_source(ledger, "a");
	ledger_source(ledger, "b");
	assert_int_equal(ledger_load(ledger, 0, count_source, &per), 0);
	for (int i = 0; i < SOURCES; i++) {
		uint64_t place = saved(ledger, i);

		assert_int_equal(per.n[i], place); /* each once, none missing */
		assert_int_equal(per.most[i], place);
		assert_true(place >= confirmed[i]);
	}
	assert_int_equal(ledger_close(ledger, 5 * UNITS_SECOND), 0);
}

static void killed(void **state)
{
	uint32_t confirmed[SOURCES] = { 0 }, confirmations = 0;
	unsigned rounds = unit_rounds(10, 50);

	(void)state;
	for (unsigned round = 0; round < rounds; round++) {
		int status, fds[2];
		pid_t pid;

		assert_int_equal(pipe(fds), 0);
		pid = fork();
		if (pid == 0) {
			close(fds[0]);
			unit_state += (uint64_t)round;
			write_until_killed(fds[1]);
		}
		close(fds[1]);
		usleep(1000 + unit_below(60000));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status));
		while (read(fds[0], confirmed, sizeof(confirmed)) == sizeof(confirmed))
			confirmations++;
		close(fds[0]);
		check_after_kill(confirmed);
	}
	print_message("%u kills, %u bans a source, %u commits confirmed\n", rounds, confirmed[0],
		      confirmations);
}

static long long wal_size(void)
{
	char name[100];
	struct stat st;

	snprintf(name, sizeof(name), "%s-wal", path);
	assert_int_equal(stat(name, &st), 0);
	return (long long)st.st_size;
}

/* Figures, not a judgement. LEDGER_BENCH=N bans. */
static void speed(void **state)
{
	const char *text = getenv("LEDGER_BENCH");
	uint32_t n = text ? (uint32_t)atoi(text) : 2000;
	struct ledger_options o = options();
	struct ledger *ledger;
	double start, queued = 0, all;
	size_t heap;
	struct seen seen;

	(void)state;
	o.interval = 0;
	ledger = open_with(o);
	start = seconds();
	for (uint32_t i = 0; i < n; i++) {
		struct ledger_ban ban = ban_of(i * 2654435761U >> 8, -1);
		double t = seconds();

		ban.until += i < n - 20000 && n > 20000 ? 0 : 60LL * MINUTE;
		assert_int_equal(ledger_ban(ledger, &ban, a_line, NULL, 0), 0);
		ledger_turn(ledger, T0);
		queued += seconds() - t;
		while (ledger_counts(ledger).queued > QUEUE / 5 * 2)
			usleep(200);
	}
	commit(ledger);
	all = seconds() - start;
	heap = (size_t)sqlite3_memory_highwater(0) + 2 * QUEUE + sizeof(struct ledger_writer);
	print_message(
		"%u bans: %.0f/s into the queue, %.0f/s on disk; heap at most %zu KiB, %lld of "
		"them SQLite's; WAL %lld KiB\n",
		n, n / queued, n / all, heap / 1024, (long long)sqlite3_memory_highwater(0) / 1024,
		wal_size() / 1024);
	assert_true(heap < 1024 * 1024);
	assert_true(wal_size() < 16 * 1024 * 1024);
	ledger_close(ledger, 5 * UNITS_SECOND);
	start = seconds();
	ledger = open_with(o);
	all = seconds() - start;
	start = seconds();
	seen = load(ledger, T0 + 50LL * MINUTE);
	print_message("open %.1f ms; load of %u in force %.1f ms\n", all * 1e3, seen.n,
		      (seconds() - start) * 1e3);
	ledger_close(ledger, 5 * UNITS_SECOND);
}

#define ON_DISK(f) cmocka_unit_test_setup_teardown(f, set_up_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(comes_back),
		ON_DISK(carried_out_late),
		ON_DISK(history_of_prefixes),
		ON_DISK(positions_and_checkpoints),
		ON_DISK(checkpoints_kept_longer),
		ON_DISK(keeps_so_long),
		ON_DISK(keeps_so_many),
		ON_DISK(load_open),
		ON_DISK(one_open),
		ON_DISK(one_second),
		ON_DISK(many_open),
		ON_DISK(sums),
		ON_DISK(sums_of_before),
		ON_DISK(queue_full),
		ON_DISK(words_wait),
		ON_DISK(refuses),
		ON_DISK(unwritable),
		ON_DISK(damaged_truncated),
		ON_DISK(damaged_in_the_middle),
		ON_DISK(damaged_not_sqlite),
		ON_DISK(damaged_foreign),
		ON_DISK(rows_of_another_hand),
		ON_DISK(damaged_while_running),
		ON_DISK(shm_of_its_own),
		ON_DISK(faults_are_heard),
		ON_DISK(newer_version),
		ON_DISK(disk_full),
		ON_DISK(file_too_large),
		ON_DISK(locked),
		ON_DISK(killed),
		ON_DISK(speed),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
