/* SPDX-License-Identifier: MIT */
/*
 * ledger_db: writes batches to the ledger's file, each in one transaction.
 *
 * One connection, used by one thread at a time. One position is kept for each source. Bans are rows
 * of `ban`. Their lines are rows of `line` (id: the ban's id times DB_LINES, plus a number), so
 * that the end of a ban rewrites a short row only.
 */
#ifndef RELAYDAM_LEDGER_LEDGER_DB_H
#define RELAYDAM_LEDGER_LEDGER_DB_H

#include "ledger_rows.h"

enum {
	DB_WAL_PAGES = 1000, /* of 4 KiB; at this size the WAL is written back */
	DB_WAL_WARN = 16384, /* pages; at this size, warns: some program reads for too long */
};

struct ledger_db;

/*
 * Opens the file, or creates it, and migrates it. A damaged file is renamed, with `now` in its new
 * name. `file` must outlive the handle. Returns FILE_OLD or FILE_NEW and sets *out, or an error as
 * ledger_open() does, and sets file->reason.
 */
int ledger_db_open(struct ledger_db **out, struct ledger_file *file, int64_t now);
void ledger_db_close(struct ledger_db *db);

/*
 * Writes a batch in one transaction. Returns 0, or < 0 and sets file->reason; then nothing was
 * written and the caller tries again: after -EBUSY and -ENOSPC with the same handle, after -EBADMSG
 * with a new file (ledger_file_set_aside()), after other errors with the file opened again.
 */
int ledger_db_write(struct ledger_db *db, struct ledger_db_batch *batch);

/*
 * Deletes up to DB_PRUNE bans: those that ended before `before`, and those that ended before `now`
 * and are older than the newest `most`. Returns their number, or < 0.
 */
int ledger_db_prune(struct ledger_db *db, int64_t before, int64_t now, int64_t most);

/* Returns 0, or -ESTALE when the file was moved or deleted. */
int ledger_db_moved(struct ledger_db *db);

#endif
