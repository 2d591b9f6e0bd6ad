/* SPDX-License-Identifier: MIT */
/* ledger_file: the ledger's SQLite file: connections, identity, version and migration, damage. */
#ifndef RELAYDAM_LEDGER_LEDGER_FILE_H
#define RELAYDAM_LEDGER_LEDGER_FILE_H

#include <pthread.h>
#include <sqlite3.h>

#include "ledger/ledger_types.h"

enum {
	FILE_CHECK_MOST =
		64 * 1024 * 1024, /* a larger file gets no quick_check when it is opened */
	FILE_ASIDE_MOST = 3,	  /* damaged files that one process keeps */
};

enum ledger_file_settled { FILE_OLD = 0, FILE_NEW = 1 };

struct ledger_file {
	const char *path;
	ledger_note_fn *note; /* may be NULL */
	void *context;
	int aside;	  /* damaged files so far */
	char reason[256]; /* why the last call failed */
	/*
	 * Held while a connection is opened, and while files are renamed. SQLite's locks belong to
	 * the process: a connection to the old file that opened the -shm of the new one would
	 * truncate it while another connection has it mapped.
	 */
	pthread_mutex_t *naming;
};

/*
 * Maps a result code of SQLite to -errno; 0 for OK, ROW and DONE. -EBADMSG: the file is damaged;
 * -EINVAL: the statement is wrong.
 */
int ledger_file_error(int code);

__attribute__((format(printf, 3, 4))) void ledger_file_note(const struct ledger_file *file,
							    int priority, const char *format, ...);

/*
 * Opens a connection with a cache of cache_kib, which waits 250 ms at most for locks of others.
 * flags: SQLITE_OPEN_*. Returns 0 and sets *out, or < 0 and sets file->reason.
 */
int ledger_file_connect(struct ledger_file *file, int flags, int cache_kib, sqlite3 **out);

/* Runs statements whose results are not needed. Returns 0 or < 0. */
int ledger_file_run(sqlite3 *sqlite, const char *text);

/*
 * Creates an empty file of mode 0600 if there is none, see run_dir_make(). SQLite gives -wal and
 * -shm the same owner.
 */
void ledger_file_make_private(const struct ledger_file *file);

/*
 * Checks that the file is a ledger and intact, sets it up and migrates it. Returns FILE_OLD,
 * FILE_NEW, or < 0 and sets file->reason: -EBADMSG, -EPROTO, ...
 */
int ledger_file_settle(struct ledger_file *file, sqlite3 *sqlite);

/*
 * Call when the file was deleted or renamed by another program: removes its -shm, because a reader
 * may still have it mapped and a new file of the same name must not use it.
 */
void ledger_file_forget(struct ledger_file *file);

/*
 * Renames the file and its WAL to PATH.damaged-TIME, with a note. No connection that can write may
 * be open.
 */
void ledger_file_set_aside(struct ledger_file *file, int64_t now);

#endif
