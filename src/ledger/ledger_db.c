/* SPDX-License-Identifier: MIT */
#include "ledger_db.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "ledger_rows.h"

struct ledger_db {
	struct ledger_file *file;
	sqlite3 *sqlite;
	struct ledger_rows rows;
	bool wal_warned;
};

static void say_why(struct ledger_db *db)
{
	snprintf(db->file->reason, sizeof(db->file->reason), "%s", sqlite3_errmsg(db->sqlite));
}

/* Replaces SQLite's automatic checkpoint, in order to warn about a WAL that only grows. */
static int wal_grew(void *context, sqlite3 *sqlite, const char *name, int pages)
{
	struct ledger_db *db = context;

	if (pages >= DB_WAL_PAGES)
		sqlite3_wal_checkpoint_v2(sqlite, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (pages >= DB_WAL_WARN && !db->wal_warned) {
		ledger_file_note(
			db->file, LOG_WARNING,
			"%s-wal has grown to %d MiB: another program reads the ledger and does not end",
			db->file->path, pages / 256);
		db->wal_warned = true;
	}
	if (pages < DB_WAL_PAGES)
		db->wal_warned = false;
	return SQLITE_OK;
}

void ledger_db_close(struct ledger_db *db)
{
	if (!db)
		return;
	ledger_rows_done(&db->rows);
	sqlite3_close(db->sqlite);
	free(db);
}

static int prepare(struct ledger_db *db)
{
	int r = ledger_rows_init(&db->rows, db->sqlite);

	sqlite3_wal_hook(db->sqlite, wal_grew, db);
	if (r < 0)
		say_why(db);
	return r == -EINVAL ? -EBADMSG : r; /* unknown tables or columns */
}

static int open_once(struct ledger_db **out, struct ledger_file *file)
{
	struct ledger_db *db = calloc(1, sizeof(*db));
	int settled = 0, r;

	if (!db)
		return -ENOMEM;
	db->file = file;
	ledger_file_make_private(file);
	r = ledger_file_connect(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 192, &db->sqlite);
	if (r == 0)
		r = settled = ledger_file_settle(file, db->sqlite);
	if (r >= 0)
		r = prepare(db);
	if (r < 0) {
		ledger_db_close(db);
		return r;
	}
	*out = db;
	return settled;
}

int ledger_db_open(struct ledger_db **out, struct ledger_file *file, int64_t now)
{
	int r = open_once(out, file);

	if (r != -EBADMSG)
		return r;
	ledger_file_set_aside(file, now);
	return open_once(out, file);
}

int ledger_db_moved(struct ledger_db *db)
{
	int moved = 0;

	sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved ? -ESTALE : 0;
}

static int write_all(struct ledger_db *db, struct ledger_db_batch *batch)
{
	struct ledger_record record;
	size_t at = 0;
	int r = 0;

	while (r == 0 && ledger_queue_next(batch->queue, &at, &record)) {
		r = ledger_rows_write(&db->rows, batch, &record);
		/* a record that SQLite always rejects must not block the others */
		if (r == -EINVAL) {
			batch->refused++;
			r = 0;
		}
	}
	for (int i = 0; r == 0 && i < batch->sources_n; i++)
		if (batch->positions[i].set)
			r = ledger_rows_place(&db->rows, batch, i);
	if (r == 0 && batch->sync) /* so that there is something to sync */
		r = ledger_rows_sync(&db->rows);
	return r;
}

int ledger_db_write(struct ledger_db *db, struct ledger_db_batch *batch)
{
	int r = ledger_file_run(db->sqlite,
				batch->sync ? "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
					    : "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE");

	batch->bans = batch->unbans = batch->refused = 0;
	if (r < 0) {
		say_why(db);
		return r;
	}
	r = write_all(db, batch);
	if (r == 0)
		r = ledger_file_run(db->sqlite, "COMMIT");
	if (r < 0) {
		say_why(db);
		ledger_file_run(db->sqlite, "ROLLBACK");
		ledger_rows_forget(&db->rows);
	}
	return r;
}

int ledger_db_prune(struct ledger_db *db, int64_t before, int64_t now, int64_t most)
{
	return ledger_rows_prune(&db->rows, before, now, most);
}
