/* SPDX-License-Identifier: MIT */
/*
 * ledger_writer: the thread that writes the ledger, and what it shares with the loop.
 *
 * The loop fills `front`; the thread takes what is sealed of it as `back`, which is the thread's alone until it is on disk: a
 * commit that fails is tried again with the same bytes. Nothing is done under the lock but copying.
 */
#ifndef RELAYDAM_LEDGER_LEDGER_WRITER_H
#define RELAYDAM_LEDGER_LEDGER_WRITER_H

#include <pthread.h>

#include "ledger_db.h"

enum {
	WRITER_NOTES = 8,
	WRITER_NOTE = 512,
	WRITER_HURRY =
		4, /* with this part of the queue in use it does not wait for the second to pass */
};

enum ledger_writer_hold {
	HOLD_NOT,
	HOLD_LOST,     /* something is missing in the file: no positions */
	HOLD_OFFERING, /* the caller tells it again, and nothing was lost since */
};

struct ledger_writer_note {
	int priority;
	char text[WRITER_NOTE];
};

struct ledger_writer {
	/* set before the thread starts */
	struct ledger_file file; /* the thread's */
	int64_t keep, keep_bans, interval;
	int wake_fd;
	pthread_t thread;
	pthread_mutex_t naming; /* file.naming, and the reader's */

	/* under the lock */
	pthread_mutex_t lock;
	pthread_cond_t wake, finished;
	struct ledger_queue front;
	struct ledger_db_position open[LEDGER_SOURCES]; /* of the open turn */
	struct ledger_db_position sealed[LEDGER_SOURCES];
	char *sources[LEDGER_SOURCES];
	int sources_n;
	bool dirty;	 /* something is sealed */
	bool idle;	 /* the thread waits without a limit */
	bool stop, gone; /* asked to end; has ended */
	bool abandoned;	 /* nobody waits for it any more: it frees all */
	bool damaged;	 /* the reader found damage */
	enum ledger_writer_hold hold;
	uint64_t asked, done; /* tickets */
	uint64_t files;	      /* files begun or opened anew: the reader must follow */
	int64_t now;	      /* of the last turn, wall time */
	int64_t keep_checkpoints;
	struct ledger_counts counts;
	struct ledger_writer_note notes[WRITER_NOTES];
	unsigned notes_first, notes_n;

	/* the thread's */
	struct ledger_db *db;
	struct ledger_queue back;
	struct ledger_db_position back_positions[LEDGER_SOURCES];
	bool back_busy;
	uint64_t back_ticket;
};

/* Opens the file and starts the thread. `file`, `keep`..., and `now` are set. Returns 0 or < 0; then call ledger_writer_free(). */
int ledger_writer_start(struct ledger_writer *writer, size_t queue);

/* Waits at most `patience` microseconds for all that is sealed. Returns 0, or -ETIMEDOUT: then it frees itself. */
int ledger_writer_stop(struct ledger_writer *writer, int64_t patience);

/* Not while the thread runs. */
void ledger_writer_free(struct ledger_writer *writer);

/* With the lock held: there is something to do at once. */
void ledger_writer_hurry(struct ledger_writer *writer);

/* With the lock held: nothing that was told of late may stand in the file as complete. */
void ledger_writer_hold(struct ledger_writer *writer);

/* Copies a position, cursor and all. */
void ledger_position_set(struct ledger_db_position *to, int64_t time,
			 const struct ledger_place *place);

#endif
