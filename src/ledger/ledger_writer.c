/* SPDX-License-Identifier: MIT */
#include "ledger_writer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <syslog.h>
#include <unistd.h>

#include "util/array.h"
#include "util/clock.h"
#include "util/units.h"

enum {
	RETRY = UNITS_SECOND,	 /* after a failed commit */
	RETRY_STOPPING = 100000, /* the same while ledger_writer_stop() waits */
};

static int wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t time)
{
	struct timespec ts = { .tv_sec = time / UNITS_SECOND,
			       .tv_nsec = time % UNITS_SECOND * 1000 };

	return pthread_cond_timedwait(cond, lock, &ts);
}

static void poke(const struct ledger_writer *writer)
{
	uint64_t one = 1;

	/* fails only when the descriptor is readable already */
	if (write(writer->wake_fd, &one, sizeof(one)) < 0)
		return;
}

/* Keeps a note until ledger_dispatch() takes it. Drops the oldest when there are too many. */
static void keep_note(void *context, int priority, const char *text)
{
	struct ledger_writer *writer = context;
	struct ledger_writer_note *note;

	pthread_mutex_lock(&writer->lock);
	if (writer->notes_n == WRITER_NOTES) {
		writer->notes_first = (writer->notes_first + 1) % WRITER_NOTES;
		writer->notes_n--;
	}
	note = &writer->notes[(writer->notes_first + writer->notes_n++) % WRITER_NOTES];
	note->priority = priority;
	snprintf(note->text, sizeof(note->text), "%s", text);
	pthread_mutex_unlock(&writer->lock);
	poke(writer);
}

void ledger_position_set(struct ledger_db_position *to, int64_t time,
			 const struct ledger_place *place)
{
	to->set = true;
	to->time = time;
	to->place = *place;
	if (place->cursor.n)
		memcpy(to->cursor, place->cursor.p, place->cursor.n);
	to->place.cursor.p = to->cursor;
}

static void positions_clear(struct ledger_db_position *positions)
{
	for (int i = 0; i < LEDGER_SOURCES; i++)
		positions[i].set = false;
}

void ledger_writer_hurry(struct ledger_writer *writer)
{
	pthread_cond_signal(&writer->wake);
}

void ledger_writer_hold(struct ledger_writer *writer)
{
	writer->hold = HOLD_LOST;
	positions_clear(writer->open);
}

static bool has_work(const struct ledger_writer *writer)
{
	return writer->back_busy || writer->dirty || writer->asked > writer->done ||
	       writer->damaged;
}

static bool is_urgent(const struct ledger_writer *writer)
{
	return writer->asked > writer->done || writer->damaged || writer->stop ||
	       writer->front.sealed > writer->front.size / WRITER_HURRY;
}

/* With the lock held: returns when it is time to write or to stop. */
static void wait_for_work(struct ledger_writer *writer)
{
	int64_t start = 0, pause;

	while (!writer->abandoned) {
		bool failing = writer->counts.failing;

		if (!has_work(writer)) {
			if (writer->stop)
				return;
			start = 0;
			writer->idle = true;
			pthread_cond_wait(&writer->wake, &writer->lock);
			writer->idle = false;
			continue;
		}
		if (!failing && is_urgent(writer))
			return;
		if (start == 0)
			start = clock_read(CLOCK_MONOTONIC);
		pause = !failing ? writer->interval : writer->stop ? RETRY_STOPPING : RETRY;
		if (clock_read(CLOCK_MONOTONIC) - start >= pause)
			return;
		wait_until(&writer->wake, &writer->lock, start + pause);
	}
}

/*
 * With the lock held: makes the sealed records the batch, unless the last one is not written yet.
 */
static void take(struct ledger_writer *writer)
{
	if (writer->back_busy)
		return;
	ledger_queue_move(&writer->front, &writer->back);
	for (int i = 0; i < writer->sources_n; i++) {
		writer->back_positions[i].set = writer->sealed[i].set;
		if (writer->sealed[i].set)
			ledger_position_set(&writer->back_positions[i], writer->sealed[i].time,
					    &writer->sealed[i].place);
		writer->sealed[i].set = false;
	}
	writer->back_ticket = writer->asked;
	writer->back_busy = true;
	writer->dirty = false;
}

/*
 * A new file lacks the bans in force: positions are held back until the caller has offered these
 * bans again.
 */
static int open_again(struct ledger_writer *writer, int64_t now)
{
	int r = ledger_db_open(&writer->db, &writer->file, now);

	if (r < 0)
		return r;
	pthread_mutex_lock(&writer->lock);
	writer->files++;
	if (r == FILE_NEW) {
		ledger_writer_hold(writer);
		positions_clear(writer->sealed);
		positions_clear(writer->back_positions);
	}
	pthread_mutex_unlock(&writer->lock);
	return 0;
}

static void close_db(struct ledger_writer *writer)
{
	ledger_db_close(writer->db);
	writer->db = NULL;
}

static int write_once(struct ledger_writer *writer, struct ledger_db_batch *batch, int64_t now)
{
	int r = writer->db ? 0 : open_again(writer, now);

	if (r == 0)
		r = ledger_db_write(writer->db, batch);
	if (r == 0)
		r = ledger_db_moved(writer->db);
	if (r == -ESTALE)
		ledger_file_note(&writer->file, LOG_ERR,
				 "%s was removed or moved: a new one is begun", writer->file.path);
	if (r == -EBADMSG || r == -ESTALE) {
		close_db(writer);
		if (r == -EBADMSG)
			ledger_file_set_aside(&writer->file, now);
		else
			ledger_file_forget(&writer->file);
		r = open_again(writer, now);
		if (r == 0)
			r = ledger_db_write(writer->db, batch);
	}
	/* after an I/O error the connection may be unusable: the next try opens a new one */
	if (r < 0 && r != -EBUSY && r != -ENOSPC)
		close_db(writer);
	return r;
}

/*
 * Deletes old bans in small steps, up to twice as many as were added, so that it catches up.
 * Returns how many were deleted. A step that failed is repeated after the next batch.
 */
static int prune(struct ledger_writer *writer, uint64_t added, int64_t now)
{
	int64_t before = writer->keep ? now - writer->keep : INT64_MIN;
	int deleted = 0, n;

	for (uint64_t steps = 0; steps <= 2 * added / DB_PRUNE; steps++) {
		n = ledger_db_prune(writer->db, before, now, writer->keep_bans);
		deleted += n > 0 ? n : 0;
		if (n < DB_PRUNE)
			break;
	}
	return deleted;
}

/* Without the lock. Returns how many bans were deleted, or < 0. */
static int write_back(struct ledger_writer *writer, struct ledger_db_batch *batch, bool damaged,
		      int64_t now)
{
	int r;

	if (damaged && writer->db) {
		close_db(writer);
		snprintf(writer->file.reason, sizeof(writer->file.reason),
			 "found when it was read");
		ledger_file_set_aside(&writer->file, now);
	}
	r = write_once(writer, batch, now);
	return r < 0 ? r : prune(writer, batch->bans, now);
}

/* Notes the first failure, and the first success after failures. Without the lock. */
static void note_change(struct ledger_writer *writer, bool was_failing, int r)
{
	if (r < 0 && !was_failing)
		ledger_file_note(
			&writer->file, LOG_ERR,
			"%s cannot be written (%s): bans go on, and it is tried again every second",
			writer->file.path,
			r == -EBUSY ? "another program has locked it" : writer->file.reason);
	if (r >= 0 && was_failing)
		ledger_file_note(&writer->file, LOG_NOTICE, "%s is written again",
				 writer->file.path);
}

/* With the lock held: records the result of a batch. */
static void settle(struct ledger_writer *writer, const struct ledger_db_batch *batch, int r)
{
	writer->counts.failing = r < 0;
	if (r < 0) {
		writer->counts.faults++;
		return;
	}
	ledger_queue_empty(&writer->back);
	writer->back_busy = false;
	writer->done = writer->back_ticket;
	writer->counts.commits++;
	writer->counts.bans += batch->bans;
	writer->counts.unbans += batch->unbans;
	writer->counts.refused += batch->refused;
	writer->counts.deleted += (uint64_t)r;
	if (batch->sync || writer->hold != HOLD_NOT)
		poke(writer);
}

/* Writes one batch. Call with the lock held; releases it while writing. */
static void work(struct ledger_writer *writer)
{
	bool was_failing = writer->counts.failing, damaged = writer->damaged;
	int64_t now = writer->now;
	struct ledger_db_batch batch;
	int r;

	take(writer);
	writer->damaged = false;
	batch = (struct ledger_db_batch){
		.queue = &writer->back,
		.positions = writer->back_positions,
		.sources = writer->sources,
		.sources_n = writer->sources_n,
		.keep_checkpoints = writer->keep_checkpoints,
		.sync = writer->back_ticket > writer->done,
	};
	pthread_mutex_unlock(&writer->lock);
	r = write_back(writer, &batch, damaged, now);
	note_change(writer, was_failing, r);
	pthread_mutex_lock(&writer->lock);
	settle(writer, &batch, r);
}

static void *thread_main(void *context)
{
	struct ledger_writer *writer = context;
	bool abandoned;

	pthread_mutex_lock(&writer->lock);
	for (;;) {
		wait_for_work(writer);
		if (writer->abandoned || (writer->stop && !has_work(writer)))
			break;
		work(writer);
	}
	pthread_mutex_unlock(&writer->lock);
	close_db(writer); /* writes the WAL back, which may take long */
	pthread_mutex_lock(&writer->lock);
	writer->gone = true;
	abandoned = writer->abandoned;
	pthread_cond_signal(&writer->finished);
	pthread_mutex_unlock(&writer->lock);
	if (abandoned)
		ledger_writer_free(writer);
	return NULL;
}

/*
 * The main thread handles signals. Faults stay unblocked: a blocked fault kills the process without
 * running its handler, if there is one (a sanitizer's, for example).
 */
static int start_thread(struct ledger_writer *writer)
{
	static const int faults[] = { SIGBUS, SIGFPE, SIGILL, SIGSEGV };
	sigset_t all, before;
	int r;

	sigfillset(&all);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		sigdelset(&all, faults[i]);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&writer->thread, NULL, thread_main, writer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r == 0)
		pthread_setname_np(writer->thread, "ledger");
	return -r;
}

int ledger_writer_start(struct ledger_writer *writer, size_t queue)
{
	pthread_condattr_t attr;
	int r;

	pthread_mutex_init(&writer->lock, NULL);
	pthread_mutex_init(&writer->naming, NULL);
	writer->file.naming = &writer->naming;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->wake, &attr);
	pthread_cond_init(&writer->finished, &attr);
	pthread_condattr_destroy(&attr);
	writer->file.note = keep_note;
	writer->file.context = writer;
	writer->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = writer->wake_fd < 0 ? -errno : ledger_queue_init(&writer->front, queue);
	if (r == 0)
		r = ledger_queue_init(&writer->back, queue);
	if (r == 0)
		r = ledger_db_open(&writer->db, &writer->file, writer->now);
	return r < 0 ? r : start_thread(writer);
}

int ledger_writer_stop(struct ledger_writer *writer, int64_t patience)
{
	int64_t end = clock_read(CLOCK_MONOTONIC) + patience;
	int r = 0;

	pthread_mutex_lock(&writer->lock);
	writer->stop = true;
	ledger_writer_hurry(writer);
	while (!writer->gone && r != ETIMEDOUT)
		r = wait_until(&writer->finished, &writer->lock, end);
	if (!writer->gone) {
		writer->abandoned = true;
		ledger_writer_hurry(writer);
		pthread_detach(writer->thread);
		pthread_mutex_unlock(&writer->lock);
		return -ETIMEDOUT;
	}
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	return 0;
}

void ledger_writer_free(struct ledger_writer *writer)
{
	close_db(writer);
	ledger_queue_done(&writer->front);
	ledger_queue_done(&writer->back);
	for (int i = 0; i < writer->sources_n; i++)
		free(writer->sources[i]);
	if (writer->wake_fd >= 0)
		close(writer->wake_fd);
	pthread_cond_destroy(&writer->wake);
	pthread_cond_destroy(&writer->finished);
	pthread_mutex_destroy(&writer->lock);
	pthread_mutex_destroy(&writer->naming);
	free((char *)writer->file.path);
	free(writer);
}
