/* SPDX-License-Identifier: MIT */
/*
 * A ledger whose file was damaged, or written by somebody else: bytes patched into a good one, a file cut short, any bytes
 * as the file, or good rows with any values. It is opened, read, written and closed: what comes back keeps to ledger.h.
 */
#include <glob.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/ledger.h"

enum { BANS = 12, FILE_MOST = 1 << 20 };
#define SECOND INT64_C(1000000)

static char directory[64], path[96];
static char *good;
static size_t good_n;
static unsigned sum; /* of all that was read, so that it is read */

static void touch(struct span span)
{
	for (size_t i = 0; i < span.n; i++)
		sum += (unsigned char)span.p[i];
}

static void clear(void)
{
	char pattern[128];
	glob_t paths;

	snprintf(pattern, sizeof(pattern), "%s/*", directory);
	if (glob(pattern, 0, NULL, &paths) == 0)
		for (size_t i = 0; i < paths.gl_pathc; i++)
			unlink(paths.gl_pathv[i]);
	globfree(&paths);
}

static struct ledger *open_ledger(void)
{
	const struct ledger_options options = { .now = 9000 * SECOND, .queue = 128 * 1024 };
	struct ledger *ledger;

	return ledger_open(&ledger, path, &options) == 0 ? ledger : NULL;
}

static void write_some(struct ledger *ledger, int source, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct ledger_hit hit = { .time = i,
					  .rule = span_of("dnsbl"),
					  .line = span_of("a line") };
		struct ledger_ban ban = { .jail = span_of("mx"),
					  .rule = span_of("dnsbl"),
					  .since = (8000 + i) * SECOND,
					  .until = (9000 + i * 100) * SECOND,
					  .hits = 1,
					  .uid = -1,
					  .at = { source, { 1, 2, i, 4, { NULL, 0 } } } };
		const struct ledger_end end = { LEDGER_BY_COMMAND, ban.since + 1, 0, ban.at };
		char text[40];
		int length = snprintf(text, sizeof(text), "192.0.2.%u", i);

		if (prefix_parse(text, (size_t)length, &ban.prefix) < 0)
			abort();
		ledger_ban(ledger, &ban, span_of("the line"), &hit, 1);
		if (i % 3 == 0)
			ledger_unban(ledger, &ban, &end);
		ledger_place(ledger, ban.since, &ban.at);
		ledger_checkpoint(ledger, ban.since, &ban.at);
		ledger_turn(ledger, ban.since);
	}
}

static int on_line(void *context, const struct ledger_hit *hit)
{
	(void)context;
	touch(hit->rule);
	touch(hit->line);
	return 0;
}

static int on_ban(void *context, const struct ledger_ban *ban)
{
	char text[PREFIX_TEXT];

	if (ban->prefix.bits > 128 || ban->jail.n == 0)
		abort();
	touch(span_of(prefix_format(&ban->prefix, text)));
	touch(ban->jail);
	touch(ban->rule);
	touch(ban->at.place.cursor);
	touch(ban->end.at.place.cursor);
	ledger_lines(context, ban->id, on_line, NULL);
	return 0;
}

static void use(void)
{
	struct ledger *ledger = open_ledger();
	char cursor[LEDGER_CURSOR];
	struct ledger_place place;
	struct prefix prefix;
	int64_t time;
	int source;

	if (!ledger)
		return;
	source = ledger_source(ledger, "/var/log/mail.log");
	ledger_load(ledger, 0, on_ban, ledger);
	if (ledger_find_place(ledger, source, &time, &place, cursor) == 1)
		touch(place.cursor);
	time = 8003 * SECOND;
	if (ledger_find_checkpoint(ledger, source, &time, &place, cursor) == 1)
		touch(place.cursor);
	if (prefix_parse("192.0.2.0/28", 12, &prefix) == 0)
		ledger_history(ledger, &prefix, 10, on_ban, ledger);
	write_some(ledger, source, 2);
	ledger_dispatch(ledger);
	ledger_close(ledger, 5 * SECOND);
}

static void put(const char *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(bytes, 1, n, f) != n)
		abort();
	fclose(f);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct ledger *ledger;
	FILE *f;

	(void)argc;
	(void)argv;
	snprintf(directory, sizeof(directory), "/dev/shm/relaydam.ledger.%d", getpid());
	snprintf(path, sizeof(path), "%s/ledger.db", directory);
	good = malloc(FILE_MOST);
	if (!good || mkdir(directory, 0700) < 0)
		abort();
	ledger = open_ledger();
	if (!ledger)
		abort();
	write_some(ledger, ledger_source(ledger, "/var/log/mail.log"), BANS);
	if (ledger_close(ledger, 10 * SECOND) != 0)
		abort();
	f = fopen(path, "r");
	if (!f)
		abort();
	good_n = fread(good, 1, FILE_MOST, f);
	fclose(f);
	return good_n > 0 ? 0 : 1;
}

/* Three bytes a place, one what is written there. */
static void patch(const uint8_t *data, size_t size)
{
	char *copy = malloc(good_n);
	size_t n = good_n;

	if (!copy)
		return;
	memcpy(copy, good, good_n);
	if (size > 2 && data[0] == 0xff)
		n = ((size_t)data[1] << 8 | data[2]) % good_n;
	for (size_t i = 0; i + 4 <= size; i += 4)
		copy[((size_t)data[i] << 16 | (size_t)data[i + 1] << 8 | data[i + 2]) % good_n] =
			(char)data[i + 3];
	put(copy, n);
	free(copy);
}

/* Good rows, one column of which has any value of any type. */
static void rows(const uint8_t *data, size_t size)
{
	static const char *const columns[] = {
		"ban SET addr",	       "ban SET bits",		"ban SET jail",
		"ban SET rule",	       "ban SET since",		"ban SET until",
		"ban SET hits",	       "ban SET uid",		"ban SET source",
		"ban SET offset",      "ban SET cursor",	"ban SET how",
		"ban SET end_time",    "ban SET end_cursor",	"line SET id",
		"line SET line",       "line SET rule",		"source SET name",
		"position SET offset", "position SET cursor",	"position SET time",
		"checkpoint SET time", "checkpoint SET cursor", "ban SET id",
		"checkpoint SET hash", "ban SET end_source",	"line SET time",
		"ban SET end_uid",
	};
	sqlite3_stmt *statement;
	char text[96];
	sqlite3 *db;

	put(good, good_n);
	if (size < 3 || sqlite3_open(path, &db) != SQLITE_OK)
		return;
	snprintf(text, sizeof(text), "UPDATE OR REPLACE %s = ? WHERE rowid %% 3 = %d",
		 columns[data[0] % (sizeof(columns) / sizeof(columns[0]))], data[1] % 3);
	sqlite3_exec(db, "PRAGMA ignore_check_constraints = 1", NULL, NULL, NULL);
	if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) == SQLITE_OK) {
		if (data[2] % 4 == 0)
			sqlite3_bind_blob(statement, 1, data + 3, (int)size - 3, SQLITE_STATIC);
		else if (data[2] % 4 == 1)
			sqlite3_bind_text(statement, 1, (const char *)data + 3, (int)size - 3,
					  SQLITE_STATIC);
		else if (data[2] % 4 == 2 && size >= 11)
			sqlite3_bind_int64(statement, 1,
					   (int64_t)span_word((const char *)data + 3));
		else if (data[2] % 4 == 2)
			sqlite3_bind_double(statement, 1, (double)size * 1e300);
		sqlite3_step(statement);
		sqlite3_finalize(statement);
	}
	sqlite3_close(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] % 4 == 0)
		put((const char *)data + 1, size - 1);
	else if (data[0] % 4 == 1)
		patch(data + 1, size - 1);
	else
		rows(data + 1, size - 1);
	use();
	clear();
	return 0;
}
