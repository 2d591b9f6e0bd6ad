/* SPDX-License-Identifier: MIT */
#include "ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "util/array.h"
#include "util/run_dir.h"
#include "util/units.h"

enum { APPLICATION_ID = 0x52444c47 }; /* "RDLG" */

/* Step n migrates from version n to n + 1. A released step is never changed. */
static const char *const migrations[] = {
	"CREATE TABLE source(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, time INTEGER,"
	"  device INTEGER, inode INTEGER, offset INTEGER, hash INTEGER, cursor TEXT);"
	"CREATE TABLE checkpoint(source INTEGER NOT NULL, time INTEGER NOT NULL,"
	"  device INTEGER, inode INTEGER, offset INTEGER, hash INTEGER, cursor TEXT,"
	"  PRIMARY KEY(source, time)) WITHOUT ROWID;"
	/*
	 * addr: 16 bytes, IPv4 mapped; ends: `until`, or the time of an earlier end;
	 * how: enum ledger_how
	 */
	"CREATE TABLE ban(id INTEGER PRIMARY KEY, addr BLOB NOT NULL, bits INTEGER NOT NULL,"
	"  jail TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,"
	"  ends INTEGER NOT NULL, rule TEXT NOT NULL, hits INTEGER NOT NULL, uid INTEGER NOT NULL,"
	"  source INTEGER, device INTEGER, inode INTEGER, offset INTEGER, hash INTEGER, cursor TEXT,"
	"  how INTEGER NOT NULL DEFAULT 0, end_time INTEGER, end_uid INTEGER, end_source INTEGER,"
	"  end_device INTEGER, end_inode INTEGER, end_offset INTEGER, end_hash INTEGER,"
	"  end_cursor TEXT);"
	"CREATE UNIQUE INDEX ban_client ON ban(addr, bits, jail, since);"
	"CREATE INDEX ban_ends ON ban(ends);"
	"CREATE TABLE line(id INTEGER PRIMARY KEY, time INTEGER NOT NULL, rule TEXT NOT NULL,"
	"  text BLOB NOT NULL);"
	"CREATE TRIGGER ban_gone AFTER DELETE ON ban BEGIN"
	"  DELETE FROM line WHERE id BETWEEN old.id * 16 AND old.id * 16 + 15; END;"
	"CREATE TABLE synced(id INTEGER PRIMARY KEY CHECK(id = 1), n INTEGER NOT NULL);"
	"INSERT INTO synced VALUES(1, 0);",
	/* would: enum ledger_would; times: an array of int64_t, microseconds of the last mails */
	"ALTER TABLE ban ADD COLUMN would INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE ban ADD COLUMN mails INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX ban_would ON ban(since) WHERE would > 0;"
	"CREATE TABLE spare(addr BLOB PRIMARY KEY, bits INTEGER NOT NULL, last INTEGER NOT NULL,"
	"  until INTEGER NOT NULL, mails INTEGER NOT NULL, times BLOB NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX spare_until ON spare(until);"
	"CREATE TABLE fuse(rule TEXT PRIMARY KEY, why INTEGER NOT NULL, since INTEGER NOT NULL,"
	"  bans INTEGER NOT NULL, spared INTEGER NOT NULL) WITHOUT ROWID;",
	/* at most one ban of a client in a jail has no end: the one recorded last */
	"UPDATE ban SET how = 3, end_uid = -1, end_time = n.since, ends = MIN(ban.ends, n.since)"
	"  FROM ban n WHERE ban.how = 0 AND n.how = 0 AND n.id > ban.id AND n.addr = ban.addr"
	"  AND n.bits = ban.bits AND n.jail = ban.jail;"
	"CREATE UNIQUE INDEX ban_open ON ban(addr, bits, jail) WHERE how = 0;"
	"CREATE INDEX ban_due ON ban(ends) WHERE how = 0;",
	/*
	 * Bans that were not carried out, by day. Summed as they are recorded, because counting the
	 * rows at each request takes long. A client counts again after 28 days without such a ban.
	 */
	"DROP INDEX ban_would;"
	"CREATE INDEX ban_would ON ban(addr, since) WHERE would > 0;"
	"CREATE TABLE would(day INTEGER NOT NULL, would INTEGER NOT NULL, bans INTEGER NOT NULL,"
	"  clients INTEGER NOT NULL, delivered INTEGER NOT NULL, mails INTEGER NOT NULL,"
	"  PRIMARY KEY(day, would)) WITHOUT ROWID;"
	"INSERT INTO would SELECT since / 86400000000, would, COUNT(*),"
	"  SUM(NOT EXISTS(SELECT 1 FROM ban b WHERE b.addr = ban.addr AND b.would > 0"
	"    AND b.would = ban.would AND b.since >= ban.since - 2419200000000"
	"    AND (b.since, b.id) < (ban.since, ban.id))),"
	"  SUM(mails > 0), SUM(mails) FROM ban WHERE would > 0 GROUP BY 1, 2;",
};

enum { VERSION_NOW = ARRAY_SIZE(migrations) };

void ledger_file_note(const struct ledger_file *file, int priority, const char *format, ...)
{
	char text[512];
	va_list args;

	if (!file->note)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	file->note(file->context, priority, text);
}

int ledger_file_error(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		return -EACCES;
	case SQLITE_IOERR:
		return -EIO;
	case SQLITE_INTERRUPT:
		return -E2BIG;
	default:
		return -EINVAL;
	}
}

int ledger_file_run(sqlite3 *sqlite, const char *text)
{
	return ledger_file_error(sqlite3_exec(sqlite, text, NULL, NULL, NULL));
}

/* Sets answer to the first column of the first row. */
static int ask_text(sqlite3 *sqlite, const char *text, char *answer, size_t size)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(sqlite, text, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		const unsigned char *found = sqlite3_column_text(statement, 0);

		snprintf(answer, size, "%s", found ? (const char *)found : "");
	}
	sqlite3_finalize(statement);
	return ledger_file_error(code);
}

static int ask_number(sqlite3 *sqlite, const char *text, long *number)
{
	char answer[24] = "0";
	int r = ask_text(sqlite, text, answer, sizeof(answer));

	*number = strtol(answer, NULL, 10);
	return r;
}

int ledger_file_connect(struct ledger_file *file, int flags, int cache_kib, sqlite3 **out)
{
	sqlite3 *sqlite = NULL;
	char text[80];
	/* not SQLITE_OPEN_NOFOLLOW: with DynamicUser= the state directory is a symbolic link */
	int r = ledger_file_error(
		sqlite3_open_v2(file->path, &sqlite, flags | SQLITE_OPEN_NOMUTEX, NULL));

	if (r == 0) {
		/*
		 * the default lookaside takes 48 KiB or more; temporary files need a writable /tmp
		 */
		sqlite3_db_config(sqlite, SQLITE_DBCONFIG_LOOKASIDE, NULL, 128, 64);
		sqlite3_db_config(sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		sqlite3_busy_timeout(sqlite, 250);
		snprintf(text, sizeof(text), "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -%d",
			 cache_kib);
		r = ledger_file_run(sqlite, text);
	}
	if (r < 0) {
		snprintf(file->reason, sizeof(file->reason), "%s", sqlite3_errmsg(sqlite));
		sqlite3_close(sqlite);
		return r;
	}
	*out = sqlite;
	return 0;
}

/* Runs the steps from `version` on, each in its own transaction. */
static int migrate(sqlite3 *sqlite, long version, const char *const *steps, long steps_n)
{
	char text[64];
	int r = 0;

	for (; r == 0 && version < steps_n; version++) {
		snprintf(text, sizeof(text), "PRAGMA user_version = %ld", version + 1);
		r = ledger_file_run(sqlite, "BEGIN IMMEDIATE");
		if (r == 0)
			r = ledger_file_run(sqlite, steps[version]);
		if (r == 0)
			r = ledger_file_run(sqlite, text);
		if (r == 0)
			r = ledger_file_run(sqlite, "COMMIT");
		if (r < 0)
			ledger_file_run(sqlite, "ROLLBACK");
	}
	return r;
}

static int check_whole(sqlite3 *sqlite, const char *path)
{
	char answer[256] = "";
	struct stat st;
	int r;

	if (stat(path, &st) < 0 || st.st_size > FILE_CHECK_MOST)
		return 0;
	r = ask_text(sqlite, "PRAGMA quick_check(1)", answer, sizeof(answer));
	return r == 0 && strcmp(answer, "ok") != 0 ? -EBADMSG : r;
}

/* Checks that the file is a ledger and reads its version. Returns FILE_OLD, FILE_NEW, or < 0. */
static int identify(struct ledger_file *file, sqlite3 *sqlite, long *version)
{
	long id = 0, tables = 0;
	int r = ask_number(sqlite, "PRAGMA user_version", version);

	if (r == 0)
		r = ask_number(sqlite, "PRAGMA application_id", &id);
	if (r == 0)
		r = ask_number(sqlite, "SELECT COUNT(*) FROM sqlite_master", &tables);
	if (r < 0)
		return r;
	if (tables == 0 && *version == 0)
		return FILE_NEW;
	if (id != APPLICATION_ID || *version < 0)
		return -EBADMSG;
	if (*version > VERSION_NOW) {
		snprintf(file->reason, sizeof(file->reason),
			 "written by a newer relaydam (version %ld, this one knows %d): "
			 "install that one again, or move the file away",
			 *version, VERSION_NOW);
		return -EPROTO;
	}
	return FILE_OLD;
}

static int set_up(struct ledger_file *file, sqlite3 *sqlite)
{
	char mode[16] = "", text[64];
	long version;
	int settled = identify(file, sqlite, &version), r = settled;

	if (r < 0)
		return r;
	if (sqlite3_db_readonly(sqlite, "main"))
		return -EROFS;
	snprintf(text, sizeof(text), "PRAGMA application_id = %d", APPLICATION_ID);
	r = ask_text(sqlite, "PRAGMA journal_mode = WAL", mode, sizeof(mode));
	if (r == 0)
		r = ledger_file_run(
			sqlite, "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 8388608");
	if (r == 0)
		r = settled == FILE_NEW ? ledger_file_run(sqlite, text)
					: check_whole(sqlite, file->path);
	if (r == 0)
		r = migrate(sqlite, version, migrations, VERSION_NOW);
	if (r == 0 && strcmp(mode, "wal") != 0)
		ledger_file_note(
			file, LOG_WARNING,
			"%s lies in a file system without shared memory (a network's?): commits are slow",
			file->path);
	return r < 0 ? r : settled;
}

int ledger_file_settle(struct ledger_file *file, sqlite3 *sqlite)
{
	int r;

	file->reason[0] = '\0';
	r = set_up(file, sqlite);
	if (r < 0 && !file->reason[0])
		snprintf(file->reason, sizeof(file->reason), "%s",
			 r == -EROFS ? "this user may only read it"
			 : sqlite3_errcode(sqlite) < SQLITE_ROW &&
					 sqlite3_errcode(sqlite) != SQLITE_OK
				 ? sqlite3_errmsg(sqlite)
				 : "not a sound ledger");
	/* the statements are constant: one that fails means that the tables are not a ledger's */
	return r == -EINVAL ? -EBADMSG : r;
}

/*
 * SQLite would create the file readable by all users; log lines are private. Errors are ignored
 * here: SQLite reports them when it opens the file.
 */
void ledger_file_make_private(const struct ledger_file *file)
{
	int fd = run_dir_make(file->path, O_WRONLY);

	/* a new file only: closing a file that SQLite has open would release SQLite's locks */
	if (fd >= 0)
		close(fd);
}

/* Renames path + suffix to `to` + suffix; removes it if `to` is NULL. */
static void put_away(const char *path, const char *to, const char *suffix)
{
	char *from_file = NULL, *to_file = NULL;

	if (asprintf(&from_file, "%s%s", path, suffix) < 0)
		return;
	/* remove it if it cannot be renamed: otherwise the same error comes at every try */
	if (!to || asprintf(&to_file, "%s%s", to, suffix) < 0 || rename(from_file, to_file) < 0)
		unlink(from_file);
	free(from_file);
	free(to_file);
}

void ledger_file_forget(struct ledger_file *file)
{
	pthread_mutex_lock(file->naming);
	put_away(file->path, NULL, "-shm");
	pthread_mutex_unlock(file->naming);
}

void ledger_file_set_aside(struct ledger_file *file, int64_t now)
{
	time_t seconds = now / UNITS_SECOND;
	char when[32] = "", *to = NULL;
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	/* a disk that damages every file must not be filled with copies */
	if (++file->aside <= FILE_ASIDE_MOST &&
	    asprintf(&to, "%s.damaged-%s", file->path, when) < 0)
		to = NULL;
	pthread_mutex_lock(file->naming);
	put_away(file->path, NULL, "-shm");
	put_away(file->path, to, "-wal");
	put_away(file->path, to, "");
	pthread_mutex_unlock(file->naming);
	ledger_file_note(
		file, LOG_ERR,
		"%s is damaged (%s): %s%s, a new one is begun; what it held is not known now",
		file->path, file->reason, to ? "set aside as " : "removed", to ? to : "");
	free(to);
}
