/* SPDX-License-Identifier: MIT */
/* ledger_file: the ledger's SQLite file as such. Whose it is, its version and migration, damage. */
#ifndef RELAYDAM_LEDGER_LEDGER_FILE_H
#define RELAYDAM_LEDGER_LEDGER_FILE_H

#include <pthread.h>
#include <sqlite3.h>

#include "ledger/ledger_types.h"

enum {
	FILE_CHECK_MOST =
		64 * 1024 * 1024, /* a larger file is not checked as a whole when it is opened */
	FILE_ASIDE_MOST = 3,	  /* damaged files kept by one process */
};

enum ledger_file_settled { FILE_OLD = 0, FILE_NEW = 1 };

struct ledger_file {
	const char *path;
	ledger_note_fn *note; /* may be NULL */
	void *context;
	int aside;	  /* how many were set aside */
	char reason[256]; /* why the last call failed */
	/*
	 * Held while a connection is made, and while names are changed: SQLite's locks are the process's, so a
	 * connection to the old file that comes upon the new one's -shm truncates it under whoever has it mapped.
	 */
	pthread_mutex_t *naming;
};

/* -errno of a result code; 0 for OK, ROW and DONE. -EBADMSG: damaged; -EINVAL: the statement itself. */
int ledger_file_error(int code);

__attribute__((format(printf, 3, 4))) void ledger_file_note(const struct ledger_file *file,
							    int priority, const char *format, ...);

/* A connection with a small cache that waits for nobody. Returns 0 and sets *out, or < 0. */
int ledger_file_connect(struct ledger_file *file, int flags, int cache_kib, sqlite3 **out);

/* Statements without results. Returns 0 or < 0. */
int ledger_file_run(sqlite3 *sqlite, const char *text);

/* Makes an empty file of mode 0600 where there is none, see run_dir_make(). SQLite gives -wal and -shm its owner. */
void ledger_file_make_private(const struct ledger_file *file);

/* Sees that it is ours and sound, sets it up and migrates. Returns FILE_OLD, FILE_NEW, or < 0: -EBADMSG, -EPROTO, ... */
int ledger_file_settle(struct ledger_file *file, sqlite3 *sqlite);

/* The file itself is gone from its name: a new one of that name must not get the -shm that a reader may have mapped. */
void ledger_file_forget(struct ledger_file *file);

/* Renames the file and its WAL to PATH.damaged-TIME, and says so. No connection may be open that can write. */
void ledger_file_set_aside(struct ledger_file *file, int64_t now);

#endif
