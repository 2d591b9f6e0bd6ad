/* SPDX-License-Identifier: MIT */
/*
 * ledger_writer: the thread that writes the ledger, and the state that it shares with the event
 * loop.
 *
 * The loop fills `front`. The thread moves the sealed records to `back`, which only the thread
 * uses, until they are on disk: a failed commit is tried again with the same records. The lock is
 * held only while records are copied.
 */
#ifndef RELAYDAM_LEDGER_LEDGER_WRITER_H
#define RELAYDAM_LEDGER_LEDGER_WRITER_H

#include <pthread.h>

#include "ledger_db.h"

enum {
	WRITER_NOTES = 8,
	WRITER_NOTE = 512,
	WRITER_HURRY =
		4, /* does not wait for the interval when more than 1/4 of the queue is in use */
};

enum ledger_writer_hold {
	HOLD_NOT,
	HOLD_LOST,     /* bans are missing in the file: positions are not saved */
	HOLD_OFFERING, /* the caller offers the bans again, and none was lost since */
};

struct ledger_writer_note {
	int priority;
	char text[WRITER_NOTE];
};

struct ledger_writer {
	/* set before the thread starts */
	struct ledger_file file; /* used by the thread only */
	int64_t keep, keep_bans, interval;
	int wake_fd;
	pthread_t thread;
	pthread_mutex_t naming; /* file.naming, also of the reader */

	/* protected by the lock */
	pthread_mutex_t lock;
	pthread_cond_t wake, finished;
	struct ledger_queue front;
	struct ledger_db_position open[LEDGER_SOURCES]; /* of the open turn */
	struct ledger_db_position sealed[LEDGER_SOURCES];
	char *sources[LEDGER_SOURCES];
	int sources_n;
	bool dirty;	 /* there are sealed records or positions */
	bool idle;	 /* the thread waits without a timeout */
	bool stop, gone; /* the thread must end; has ended */
	bool abandoned;	 /* stopping timed out: the thread frees the writer */
	bool damaged;	 /* the reader found damage */
	enum ledger_writer_hold hold;
	uint64_t asked, done; /* tickets */
	uint64_t files;	      /* times the file was opened again: then the reader must, too */
	int64_t now;	      /* of the last turn, wall time */
	int64_t keep_checkpoints;
	struct ledger_counts counts;
	struct ledger_writer_note notes[WRITER_NOTES];
	unsigned notes_first, notes_n;

	/* used by the thread only */
	struct ledger_db *db;
	struct ledger_queue back;
	struct ledger_db_position back_positions[LEDGER_SOURCES];
	bool back_busy;
	uint64_t back_ticket;
};

/*
 * Opens the file and starts the thread. `file`, `keep`..., and `now` must be set. Returns 0, or <
 * 0; then call ledger_writer_free().
 */
int ledger_writer_start(struct ledger_writer *writer, size_t queue);

/*
 * Waits at most `patience` microseconds until all sealed records are written. Returns 0, or
 * -ETIMEDOUT: then the thread frees the writer.
 */
int ledger_writer_stop(struct ledger_writer *writer, int64_t patience);

/* Must not be called while the thread runs. */
void ledger_writer_free(struct ledger_writer *writer);

/* With the lock held: wakes the thread. */
void ledger_writer_hurry(struct ledger_writer *writer);

/* With the lock held: bans were lost, so positions are not saved until they were offered again. */
void ledger_writer_hold(struct ledger_writer *writer);

/* Copies a position, including its cursor. */
void ledger_position_set(struct ledger_db_position *to, int64_t time,
			 const struct ledger_place *place);

#endif
