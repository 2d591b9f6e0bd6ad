/* SPDX-License-Identifier: MIT */
/*
 * ledger_db: what is written to the ledger's file, one transaction a batch.
 *
 * One connection, one thread at a time. A position is kept per source; bans are rows of `ban`, their lines rows of
 * `line` (id: that of the ban times DB_LINES, and a number), so that a ban's end rewrites a short row.
 */
#ifndef RELAYDAM_LEDGER_LEDGER_DB_H
#define RELAYDAM_LEDGER_LEDGER_DB_H

#include "ledger_rows.h"

enum {
	DB_WAL_PAGES = 1000, /* of 4 KiB: then the WAL is written back */
	DB_WAL_WARN = 16384, /* pages: somebody reads for too long */
};

struct ledger_db;

/*
 * Opens, makes, migrates; a damaged file is set aside, with `now` in its new name. `file` must outlive it.
 * Returns FILE_OLD or FILE_NEW and sets *out, or an error as ledger_open(), with file->reason.
 */
int ledger_db_open(struct ledger_db **out, struct ledger_file *file, int64_t now);
void ledger_db_close(struct ledger_db *db);

/*
 * Writes a batch in one transaction, all or nothing. Returns 0, or < 0 with file->reason: nothing was written, and it is to
 * be tried again, with any but -EBUSY and -ENOSPC on a file that was opened anew, with -EBADMSG after ledger_file_set_aside().
 */
int ledger_db_write(struct ledger_db *db, struct ledger_db_batch *batch);

/*
 * Deletes up to DB_PRUNE bans: those that ended before `before`, and of those that ended before `now` the oldest ones beyond
 * the last `most`. Returns how many, or < 0.
 */
int ledger_db_prune(struct ledger_db *db, int64_t before, int64_t now, int64_t most);

/* Is the file still where it was? Else -ESTALE. */
int ledger_db_moved(struct ledger_db *db);

#endif
