/* SPDX-License-Identifier: MIT */
/*
 * ledger_rows: writes records as rows of the ledger's tables, by prepared statements. Knows the
 * schema; opens no file and begins no transaction. Functions return 0, or < 0 as
 * ledger_file_error().
 */
#ifndef RELAYDAM_LEDGER_LEDGER_ROWS_H
#define RELAYDAM_LEDGER_LEDGER_ROWS_H

#include "ledger_file.h"
#include "ledger_queue.h"
#include "ledger_sums.h"

enum {
	LEDGER_ROWS_STATEMENTS = 17,
	DB_LINES = 16,	/* ids of lines for each ban; the schema contains the number, too */
	DB_PRUNE = 200, /* bans deleted at once */
};

struct ledger_db_position {
	bool set;
	int64_t time;
	struct ledger_place place; /* its cursor points to `cursor` below */
	char cursor[LEDGER_CURSOR];
};

struct ledger_db_batch {
	const struct ledger_queue *queue;
	const struct ledger_db_position *positions; /* of each source */
	char *const *sources;			    /* names */
	int sources_n;
	int64_t keep_checkpoints; /* older than the newest one of the source, microseconds */
	bool sync; /* ledger_db_write() returns when the batch is synced to the disk */
	uint64_t bans, unbans, refused; /* set by ledger_db_write() */
};

struct ledger_rows {
	sqlite3 *sqlite;
	sqlite3_stmt *statements[LEDGER_ROWS_STATEMENTS];
	struct ledger_sums sums;
	int64_t sources[LEDGER_SOURCES]; /* ids of their rows; 0: not known yet */
};

/*
 * Prepares the statements. *rows must be zeroed. Call ledger_rows_done() in any case, before the
 * connection is closed.
 */
int ledger_rows_init(struct ledger_rows *rows, sqlite3 *sqlite);
void ledger_rows_done(struct ledger_rows *rows);

/* Writes one record; counts bans and ends in the batch. */
int ledger_rows_write(struct ledger_rows *rows, struct ledger_db_batch *batch,
		      const struct ledger_record *record);

/* Writes the batch's position of this source. */
int ledger_rows_place(struct ledger_rows *rows, const struct ledger_db_batch *batch, int source);

/* Changes a row, so that the transaction has something to sync. */
int ledger_rows_sync(struct ledger_rows *rows);

/* After a rollback: the ids of sources may be invalid. */
void ledger_rows_forget(struct ledger_rows *rows);

/* See ledger_db_prune(). */
int ledger_rows_prune(struct ledger_rows *rows, int64_t before, int64_t now, int64_t most);

#endif
