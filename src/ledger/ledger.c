/* SPDX-License-Identifier: MIT */
/*
 * The caller's side of a ledger: lifecycle and turns. ledger_put.c records, ledger_query.c reads.
 */
#include "ledger/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <syslog.h>
#include <unistd.h>

#include "ledger_state.h"
#include "util/run_dir.h"
#include "util/units.h"

enum {
	QUEUE = 192 * 1024,
	SQLITE_HEAP = 640 * 1024, /* soft: SQLite then reuses pages instead of asking for more */
	NAME_MOST = 4095,
	KEEP_BANS = 1000000,
};

static void send_note(const struct ledger *ledger, int priority, const char *text)
{
	if (ledger->note)
		ledger->note(ledger->context, priority, text);
}

/*
 * Keeps a second daemon out: the two would overwrite each other's records. The lock is a file of
 * its own, since SQLite uses POSIX locks: closing any descriptor of the database would release
 * them.
 */
static int lock_path(struct ledger *ledger, const char *path)
{
	char *name = NULL, *text = NULL;
	int r = 0;

	if (asprintf(&name, "%s.lock", path) < 0)
		return -ENOMEM;
	ledger->lock_fd = run_dir_open_lock(name);
	if (ledger->lock_fd < 0 || flock(ledger->lock_fd, LOCK_EX | LOCK_NB) < 0)
		r = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (r == -EBUSY && asprintf(&text, "another relaydam uses %s", path) >= 0)
		send_note(ledger, LOG_ERR, text);
	else if (r < 0 &&
		 asprintf(&text,
			  "cannot write %s: %s: the ledger needs a directory that user %d may "
			  "write%s",
			  name, strerror(-r), (int)geteuid(),
			  r == -ENOENT ? "; 'systemd-tmpfiles --create relaydam.conf' makes the "
					 "usual one"
				       : "") >= 0)
		send_note(ledger, LOG_ERR, text);
	free(text);
	free(name);
	return r;
}

static int64_t checkpoint_time(int64_t wanted)
{
	return wanted ? wanted : UNITS_HOUR;
}

static int make_writer(struct ledger *ledger, const char *path,
		       const struct ledger_options *options)
{
	struct ledger_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return -ENOMEM;
	ledger->writer = writer;
	writer->wake_fd = -1;
	writer->file.path = strdup(path);
	writer->keep = options->keep;
	writer->keep_checkpoints = checkpoint_time(options->keep_checkpoints);
	writer->keep_bans = options->keep_bans ? options->keep_bans : KEEP_BANS;
	writer->interval = options->interval ? options->interval : UNITS_SECOND;
	writer->now = options->now;
	return writer->file.path
		       ? ledger_writer_start(writer, options->queue ? options->queue : QUEUE)
		       : -ENOMEM;
}

static void free_ledger(struct ledger *ledger)
{
	if (ledger->lock_fd >= 0)
		close(ledger->lock_fd);
	free((char *)ledger->reader.file.path);
	free(ledger);
}

static int start(struct ledger *ledger, const char *path, const struct ledger_options *options)
{
	char *text = NULL;
	int r = lock_path(ledger, path);

	if (r < 0)
		return r;
	r = make_writer(ledger, path, options);
	if (!ledger->writer)
		return r;
	ledger_dispatch(ledger);
	if (r == 0)
		return 0;
	if (asprintf(&text, "cannot use %s: %s (%s)", path, ledger->writer->file.reason,
		     strerror(-r)) >= 0)
		send_note(ledger, LOG_ERR, text);
	free(text);
	ledger_writer_free(ledger->writer);
	return r;
}

int ledger_open(struct ledger **out, const char *path, const struct ledger_options *options)
{
	struct ledger *ledger;
	int r;

	if (options->queue && options->queue < LEDGER_LEAST_QUEUE)
		return -EINVAL;
	ledger = calloc(1, sizeof(*ledger));
	if (!ledger)
		return -ENOMEM;
	if (sqlite3_soft_heap_limit64(-1) == 0)
		sqlite3_soft_heap_limit64(SQLITE_HEAP);
	ledger->note = options->note;
	ledger->context = options->context;
	ledger->lock_fd = -1;
	ledger->reader.file.path = strdup(path);
	r = ledger->reader.file.path ? start(ledger, path, options) : -ENOMEM;
	if (r < 0) {
		free_ledger(ledger);
		return r;
	}
	ledger->reader.sources = ledger->writer->sources;
	ledger->reader.file.naming = &ledger->writer->naming;
	*out = ledger;
	return 0;
}

int ledger_close(struct ledger *ledger, int64_t patience)
{
	int r;

	if (!ledger)
		return 0;
	ledger_read_close(&ledger->reader);
	r = ledger_writer_stop(ledger->writer, patience);
	if (r == 0) {
		ledger_dispatch(ledger);
		ledger_writer_free(ledger->writer);
	}
	free_ledger(ledger);
	return r;
}

/* The array of names only grows, so the name of a known number can be read without the lock. */
int ledger_source(struct ledger *ledger, const char *name)
{
	struct ledger_writer *writer = ledger->writer;
	int n = writer->sources_n;

	for (int i = 0; i < n; i++)
		if (strcmp(writer->sources[i], name) == 0)
			return i;
	if (!name[0] || strlen(name) > NAME_MOST)
		return -EINVAL;
	if (n == LEDGER_SOURCES)
		return -ENOSPC;
	writer->sources[n] = strdup(name);
	if (!writer->sources[n])
		return -ENOMEM;
	pthread_mutex_lock(&writer->lock);
	writer->sources_n++;
	pthread_mutex_unlock(&writer->lock);
	ledger->reader.sources_n = n + 1;
	return n;
}

int ledger_fd(const struct ledger *ledger)
{
	return ledger->writer->wake_fd;
}

void ledger_dispatch(struct ledger *ledger)
{
	struct ledger_writer *writer = ledger->writer;
	struct ledger_writer_note one;
	uint64_t pokes;
	bool more;

	if (read(writer->wake_fd, &pokes, sizeof(pokes)) < 0)
		pokes = 0; /* not readable: there is nothing to reset */
	do {
		pthread_mutex_lock(&writer->lock);
		more = writer->notes_n > 0;
		if (more) {
			one = writer->notes[writer->notes_first];
			writer->notes_first = (writer->notes_first + 1) % WRITER_NOTES;
			writer->notes_n--;
		}
		pthread_mutex_unlock(&writer->lock);
		if (more)
			send_note(ledger, one.priority, one.text);
	} while (more);
}

void ledger_turn(struct ledger *ledger, int64_t now)
{
	struct ledger_writer *writer = ledger->writer;

	pthread_mutex_lock(&writer->lock);
	writer->now = now;
	for (int i = 0; i < writer->sources_n; i++) {
		if (!writer->open[i].set)
			continue;
		ledger_position_set(&writer->sealed[i], writer->open[i].time,
				    &writer->open[i].place);
		writer->open[i].set = false;
		writer->dirty = true;
	}
	ledger_queue_seal(&writer->front);
	writer->dirty = writer->dirty || writer->front.sealed > 0;
	if ((writer->dirty && writer->idle) ||
	    writer->front.sealed > writer->front.size / WRITER_HURRY)
		ledger_writer_hurry(writer);
	pthread_mutex_unlock(&writer->lock);
}

void ledger_keep_checkpoints(struct ledger *ledger, int64_t keep)
{
	pthread_mutex_lock(&ledger->writer->lock);
	ledger->writer->keep_checkpoints = checkpoint_time(keep);
	pthread_mutex_unlock(&ledger->writer->lock);
}

uint64_t ledger_commit(struct ledger *ledger)
{
	struct ledger_writer *writer = ledger->writer;
	uint64_t ticket;

	pthread_mutex_lock(&writer->lock);
	ticket = ++writer->asked;
	ledger_writer_hurry(writer);
	pthread_mutex_unlock(&writer->lock);
	return ticket;
}

uint64_t ledger_committed(const struct ledger *ledger)
{
	struct ledger_writer *writer = ledger->writer;
	uint64_t done;

	pthread_mutex_lock(&writer->lock);
	done = writer->done;
	pthread_mutex_unlock(&writer->lock);
	return done;
}

bool ledger_wanted(struct ledger *ledger)
{
	struct ledger_writer *writer = ledger->writer;
	bool wanted;

	pthread_mutex_lock(&writer->lock);
	wanted = writer->hold != HOLD_NOT && !writer->counts.failing &&
		 writer->front.used <= writer->front.size / 4;
	if (wanted)
		writer->hold = HOLD_OFFERING;
	pthread_mutex_unlock(&writer->lock);
	return wanted;
}

int ledger_resume(struct ledger *ledger)
{
	struct ledger_writer *writer = ledger->writer;
	int r;

	pthread_mutex_lock(&writer->lock);
	if (writer->hold == HOLD_OFFERING)
		writer->hold = HOLD_NOT;
	r = writer->hold == HOLD_NOT ? 0 : LEDGER_HELD;
	pthread_mutex_unlock(&writer->lock);
	return r;
}

struct ledger_counts ledger_counts(const struct ledger *ledger)
{
	struct ledger_writer *writer = ledger->writer;
	struct ledger_counts counts;

	pthread_mutex_lock(&writer->lock);
	counts = writer->counts;
	counts.queued = writer->front.used;
	counts.held = writer->hold != HOLD_NOT;
	pthread_mutex_unlock(&writer->lock);
	return counts;
}
