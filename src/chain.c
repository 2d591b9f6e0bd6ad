/* SPDX-License-Identifier: MIT */
#include "chain_files.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "pathwatch.h"
#include "rotated.h"

enum { DROPPED = 64 };

void chain_drop(struct chain *chain, size_t at)
{
	struct link *link = &chain->files[at];

	pathwatch_remove(chain->watch, link->number);
	chain->dropped.inodes[chain->dropped_at] = link->file->inode;
	chain->dropped_at = (chain->dropped_at + 1) % DROPPED;
	if (chain->dropped.n < DROPPED)
		chain->dropped.n++;
	logfile_free(link->file);
	chain->n--;
	memmove(link, link + 1, (chain->n - at) * sizeof(*link));
}

bool chain_make_room(struct chain *chain)
{
	if (chain->n == CHAIN_FILES && chain->files[0].settled)
		chain_drop(chain, 0);
	return chain->n < CHAIN_FILES;
}

size_t chain_find(const struct chain *chain, uint64_t device, uint64_t inode)
{
	size_t i = 0;

	while (i < chain->n &&
	       (chain->files[i].file->inode != inode || chain->files[i].file->device != device))
		i++;
	return i;
}

/* For how long nobody wrote it, before we came. A wall clock, so never below 0. */
int64_t chain_quiet_for(int fd)
{
	struct timespec now;
	struct stat st;
	int64_t quiet;

	if (fstat(fd, &st) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
		return 0;
	quiet = (now.tv_sec - st.st_mtim.tv_sec) * 1000000 +
		(now.tv_nsec - st.st_mtim.tv_nsec) / 1000;
	return quiet > 0 ? quiet : 0;
}

/* Takes the file over; there is room. */
static struct link *insert(struct chain *chain, size_t at, struct logfile *file, int64_t now)
{
	struct link *link = &chain->files[at];

	memmove(link + 1, link, (chain->n - at) * sizeof(*link));
	chain->n++;
	*link = (struct link){
		.file = file,
		.number = pathwatch_add(chain->watch, file->fd),
		.grown = now - chain_quiet_for(file->fd),
	};
	if (link->number < 0)
		notes_say(&chain->notes, NOTE_WATCH, LOG_WARNING, now,
			  "cannot be watched (%s), is looked at once a second",
			  strerrordesc_np(-link->number));
	return link;
}

bool chain_insert_old(struct chain *chain, size_t at, int fd, const struct follow_place *from,
		      int64_t now)
{
	struct logfile *file;

	if (!chain_make_room(chain)) {
		close(fd);
		return false;
	}
	at = at < chain->n ? at : chain->n;
	if (logfile_new(&file, fd) < 0)
		return false;
	if (chain_find(chain, file->device, file->inode) < chain->n ||
	    logfile_seek(file, from ? from->offset : 0) < 0) {
		logfile_free(file);
		return false;
	}
	if (from) {
		file->place_device = from->device;
		file->place_inode = from->inode;
	}
	insert(chain, at, file, now)->moved = true;
	return true;
}

size_t chain_rotated_after(const struct chain *chain, int fd, int *fds, size_t max)
{
	struct rotated_known known = chain->dropped;

	_Static_assert(DROPPED + CHAIN_FILES <= sizeof(known.inodes) / sizeof(known.inodes[0]),
		       "room for both");
	for (size_t i = 0; i < chain->n; i++)
		known.inodes[known.n++] = chain->files[i].file->inode;
	return rotated_after(chain->path, fd, &known, fds, max);
}

/*
 * What was rotated away after the file at `at`, and before the one with the name. Returns how many are in the chain now,
 * -1 when there may be more.
 */
static int insert_later(struct chain *chain, size_t at, uint64_t name_inode, int64_t now)
{
	int fds[CHAIN_FILES];
	size_t max = CHAIN_FILES - chain->n;
	size_t n = chain_rotated_after(chain, chain->files[at].file->fd, fds, max), added = 0;
	struct stat st;

	for (size_t i = 0; i < n; i++) {
		if (fstat(fds[i], &st) < 0 || st.st_ino == name_inode)
			close(fds[i]);
		else if (chain_insert_old(chain, at + added + 1, fds[i], NULL, now))
			added++;
	}
	return n == max ? -1 : (int)added;
}

/* name_inode: of the file that has the name, 0 if there is none: then the place's own may come later. */
static void resume(struct chain *chain, uint64_t name_inode, int64_t now)
{
	bool packed;
	int fd = rotated_open(chain->path, &chain->from, &packed);

	if (fd >= 0 && chain_insert_old(chain, 0, fd, &chain->from, now)) {
		chain->start = STARTED;
	} else if (name_inode) {
		chain->start = STARTED;
		chain->counts.lost++;
		notes_say(
			&chain->notes, NOTE_LOST, LOG_WARNING, now,
			"what was read up to byte %llu is not here any more%s: lines may be lost; read from the start",
			(unsigned long long)chain->from.offset,
			packed ? ", perhaps compressed by now" : "");
	}
}

static void present(struct chain *chain, int64_t now)
{
	if (chain->told)
		notes_say(&chain->notes, NOTE_PRESENT, LOG_NOTICE, now, "is there now");
	chain->told = false;
	chain->missing = 0;
	chain->trouble = 0;
}

static void trouble(struct chain *chain, int r, int64_t now)
{
	if (r != -ENOENT && r != -ENOTDIR && r != chain->trouble) {
		notes_say(&chain->notes, NOTE_UNREADABLE, LOG_WARNING, now,
			  "cannot be read: %s; tried once a second",
			  r == -EINVAL ? "not a regular file" : strerrordesc_np(-r));
		chain->told = true;
	}
	chain->trouble = r;
	if (!chain->missing)
		chain->missing = now;
	if (!chain->told &&
	    now - chain->missing >= CHAIN_QUIET) { /* during a rotation it is away for some ms */
		notes_say(&chain->notes, NOTE_MISSING, LOG_WARNING, now,
			  "is not there, is waited for");
		chain->told = true;
	}
}

/* Two names of one file, by a link: its lines count once. What was read or not by this name before is his business now. */
static bool is_taken(struct chain *chain, const struct stat *st, int64_t now)
{
	struct follow_place file = { .device = st->st_dev, .inode = st->st_ino };
	const char *by = chain->on->taken ? chain->on->taken(chain->on->context, &file) : NULL;

	if (!by)
		return false;
	if (chain->trouble != -EEXIST)
		notes_say(&chain->notes, NOTE_TAKEN, LOG_ERR, now,
			  "is the same file as %s: read once, by that name", by);
	chain->told = true;
	chain->trouble = -EEXIST;
	chain->start = STARTED;
	chain->shared = file;
	return true;
}

/* Where a file begins to be read that has the name now. */
static uint64_t beginning(const struct chain *chain, const struct logfile *file)
{
	if (file->inode == chain->shared.inode && file->device == chain->shared.device)
		return chain->shared.offset;
	return chain->start == START_END && file->inode == chain->from.inode ? chain->from.offset
									     : 0;
}

/* The file that the name leads to now, and those that had the name since the last look. */
static int take_name(struct chain *chain, int fd, int64_t now)
{
	struct logfile *file;
	int r = logfile_new(&file, fd);
	uint64_t offset;

	if (r < 0)
		return r;
	if (chain->start == START_PLACE)
		resume(chain, file->inode, now);
	if (chain_find(chain, file->device, file->inode) < chain->n ||
	    (chain->n > 0 && !chain->shared.inode &&
	     insert_later(chain, chain->n - 1, file->inode, now) < 0)) {
		logfile_free(file);
		return 0;
	}
	offset = beginning(chain, file);
	if (offset > 0)
		logfile_seek(file, offset);
	chain->start = STARTED;
	chain->shared = (struct follow_place){ 0 };
	insert(chain, chain->n, file, now);
	return 0;
}

void chain_look(struct chain *chain, int64_t now)
{
	struct link *last = chain->n > 0 ? &chain->files[chain->n - 1] : NULL;
	struct stat st;
	size_t at;
	int r;

	if (stat(chain->path, &st) < 0) {
		trouble(chain, -errno, now);
		if (last)
			last->moved = true;
		else if (chain->start == START_PLACE)
			resume(chain, 0, now);
		return;
	}
	at = chain_find(chain, st.st_dev, st.st_ino);
	if (at < chain->n) { /* where it was, or back again */
		struct link back = chain->files[at];

		last->moved = true;
		back.moved = back.closed = back.settled = false;
		back.waited = 0;
		memmove(&chain->files[at], &chain->files[at + 1],
			(chain->n - 1 - at) * sizeof(back));
		chain->files[chain->n - 1] = back;
		present(chain, now);
		return;
	}
	if (last)
		last->moved = true;
	if (is_taken(chain, &st, now))
		return;
	if (!chain_make_room(chain))
		return; /* the oldest still grows; what comes meanwhile is found beside the name */
	r = logfile_open(chain->path);
	if (r >= 0)
		r = take_name(chain, r, now);
	if (r < 0)
		trouble(chain, r, now);
	else
		present(chain, now);
}

bool chain_event(struct chain *chain, int number, uint32_t mask)
{
	for (size_t i = 0; i < chain->n; i++) {
		struct link *link = &chain->files[i];
		struct stat st;

		if (link->number != number)
			continue;
		if (mask & IN_MOVE_SELF)
			link->moved = true;
		if ((mask & IN_ATTRIB) && fstat(link->file->fd, &st) == 0 && st.st_nlink == 0)
			link->moved = true;
		if (mask & IN_MODIFY)
			link->closed = false;
		if (mask & IN_CLOSE_WRITE)
			link->closed = link->moved;
	}
	return mask & (IN_MOVE_SELF | IN_ATTRIB | IN_DELETE_SELF | IN_IGNORED);
}

static size_t current(const struct chain *chain)
{
	size_t i = 0;

	while (i + 1 < chain->n && chain->files[i].settled)
		i++;
	return i;
}

int64_t chain_due(const struct chain *chain)
{
	size_t at = current(chain);

	return at + 1 < chain->n ? chain->files[at].grown + CHAIN_QUIET : INT64_MAX;
}

struct follow_place chain_place(const struct chain *chain)
{
	if (chain->n > 0)
		return logfile_place(chain->files[current(chain)].file);
	return chain->start == START_PLACE ? chain->from : chain->shared;
}

bool chain_reads(const struct chain *chain, struct follow_place *file)
{
	size_t at = chain_find(chain, file->device, file->inode);
	struct follow_place place;

	if (at == chain->n)
		return false;
	place = logfile_place(chain->files[at].file); /* may name the file that this is a copy of */
	file->offset = place.offset;
	file->hash = place.hash;
	return true;
}

int chain_trouble(const struct chain *chain)
{
	return chain->trouble;
}

uint64_t chain_lag(const struct chain *chain)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < chain->n; i++)
		sum += logfile_lag(chain->files[i].file);
	return sum;
}

struct follow_counts *chain_counts(struct chain *chain)
{
	return &chain->counts;
}

int chain_new(struct chain **out, const char *path, struct pathwatch *watch,
	      const struct follow_place *from, const struct follow_events *events, int64_t now)
{
	struct chain *chain = calloc(1, sizeof(*chain));
	struct stat st;

	if (!chain)
		return -ENOMEM;
	chain->path = path;
	chain->copy = -1;
	chain->watch = watch;
	chain->on = events;
	chain->notes = (struct notes){ path, events->note, events->context, { 0 } };
	if (from) {
		chain->from = *from;
		chain->start = from->inode ? START_PLACE : START_END;
	} else if (stat(path, &st) == 0) {
		chain->from.inode = st.st_ino;
		chain->from.offset = (uint64_t)st.st_size;
	}
	chain_look(chain, now);
	*out = chain;
	return 0;
}

void chain_free(struct chain *chain)
{
	if (!chain)
		return;
	while (chain->n > 0)
		chain_drop(chain, chain->n - 1);
	if (chain->copy >= 0)
		close(chain->copy);
	free(chain);
}
