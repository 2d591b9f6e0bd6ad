/* SPDX-License-Identifier: MIT */
#include "tail_set_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "path_watch.h"
#include "rotation.h"
#include "util/array.h"

enum { DROPPED = 64 };

void tail_set_drop(struct tail_set *chain, size_t at)
{
	struct tail_link *link = &chain->files[at];

	path_watch_remove(chain->watch, link->number);
	chain->dropped.inodes[chain->dropped_at] = link->file->inode;
	chain->dropped_at = (chain->dropped_at + 1) % DROPPED;
	if (chain->dropped.n < DROPPED)
		chain->dropped.n++;
	tail_file_free(link->file);
	chain->n--;
	memmove(link, link + 1, (chain->n - at) * sizeof(*link));
}

bool tail_set_make_room(struct tail_set *chain)
{
	if (chain->n == TAIL_SET_FILES && chain->files[0].settled)
		tail_set_drop(chain, 0);
	return chain->n < TAIL_SET_FILES;
}

size_t tail_set_find(const struct tail_set *chain, uint64_t device, uint64_t inode)
{
	size_t i = 0;

	while (i < chain->n &&
	       (chain->files[i].file->inode != inode || chain->files[i].file->device != device))
		i++;
	return i;
}

/* For how long nobody wrote it, before we came. A wall clock, so never below 0. */
int64_t tail_set_quiet_for(int fd)
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
static struct tail_link *insert(struct tail_set *chain, size_t at, struct tail_file *file,
				int64_t now)
{
	struct tail_link *link = &chain->files[at];

	memmove(link + 1, link, (chain->n - at) * sizeof(*link));
	chain->n++;
	*link = (struct tail_link){
		.file = file,
		.number = path_watch_add(chain->watch, file->fd),
		.grown = now - tail_set_quiet_for(file->fd),
	};
	if (link->number < 0)
		note_limit_say(&chain->notes, NOTE_WATCH, LOG_WARNING, now,
			       "cannot be watched (%s), is looked at once a second",
			       strerrordesc_np(-link->number));
	return link;
}

bool tail_set_insert_old(struct tail_set *chain, size_t at, int fd, const struct tail_place *from,
			 int64_t now)
{
	struct tail_file *file;

	if (!tail_set_make_room(chain)) {
		close(fd);
		return false;
	}
	at = at < chain->n ? at : chain->n;
	if (tail_file_new(&file, fd) < 0)
		return false;
	if (tail_set_find(chain, file->device, file->inode) < chain->n ||
	    tail_file_seek(file, from ? from->offset : 0) < 0) {
		tail_file_free(file);
		return false;
	}
	if (from) {
		file->place_device = from->device;
		file->place_inode = from->inode;
	}
	insert(chain, at, file, now)->moved = true;
	return true;
}

size_t tail_set_rotated_after(const struct tail_set *chain, int fd, int *fds, size_t max)
{
	struct rotation_known known = chain->dropped;

	_Static_assert(DROPPED + TAIL_SET_FILES <= ARRAY_SIZE(known.inodes), "room for both");
	for (size_t i = 0; i < chain->n; i++)
		known.inodes[known.n++] = chain->files[i].file->inode;
	return rotation_after(chain->path, fd, &known, fds, max);
}

/*
 * What was rotated away after the file at `at`, and before the one with the name. Returns how many are in the chain now,
 * -1 when there may be more.
 */
static int insert_later(struct tail_set *chain, size_t at, uint64_t name_inode, int64_t now)
{
	int fds[TAIL_SET_FILES];
	size_t max = TAIL_SET_FILES - chain->n;
	size_t n = tail_set_rotated_after(chain, chain->files[at].file->fd, fds, max), added = 0;
	struct stat st;

	for (size_t i = 0; i < n; i++) {
		if (fstat(fds[i], &st) < 0 || st.st_ino == name_inode)
			close(fds[i]);
		else if (tail_set_insert_old(chain, at + added + 1, fds[i], NULL, now))
			added++;
	}
	return n == max ? -1 : (int)added;
}

/* name_inode: of the file that has the name, 0 if there is none: then the place's own may come later. */
static void resume(struct tail_set *chain, uint64_t name_inode, int64_t now)
{
	bool packed;
	int fd = rotation_open(chain->path, &chain->from, &packed);

	if (fd >= 0 && tail_set_insert_old(chain, 0, fd, &chain->from, now)) {
		chain->start = STARTED;
	} else if (name_inode) {
		chain->start = STARTED;
		chain->counts.lost++;
		note_limit_say(
			&chain->notes, NOTE_LOST, LOG_WARNING, now,
			"what was read up to byte %llu is not here any more%s: lines may be lost; read from the start",
			(unsigned long long)chain->from.offset,
			packed ? ", perhaps compressed by now" : "");
	}
}

static void present(struct tail_set *chain, int64_t now)
{
	if (chain->told)
		note_limit_say(&chain->notes, NOTE_PRESENT, LOG_NOTICE, now, "is there now");
	chain->told = false;
	chain->missing = 0;
	chain->trouble = 0;
}

static void trouble(struct tail_set *chain, int r, int64_t now)
{
	if (r != -ENOENT && r != -ENOTDIR && r != chain->trouble) {
		note_limit_say(&chain->notes, NOTE_UNREADABLE, LOG_WARNING, now,
			       "cannot be read: %s; tried once a second",
			       r == -EINVAL ? "not a regular file" : strerrordesc_np(-r));
		chain->told = true;
	}
	chain->trouble = r;
	if (!chain->missing)
		chain->missing = now;
	if (!chain->told &&
	    now - chain->missing >= TAIL_SET_QUIET) { /* during a rotation it is away for some ms */
		note_limit_say(&chain->notes, NOTE_MISSING, LOG_WARNING, now,
			       "is not there, is waited for");
		chain->told = true;
	}
}

/* Two names of one file, by a link: its lines count once. What was read or not by this name before is his business now. */
static bool is_taken(struct tail_set *chain, const struct stat *st, int64_t now)
{
	struct tail_place file = { .device = st->st_dev, .inode = st->st_ino };
	const char *by = chain->on->taken ? chain->on->taken(chain->on->context, &file) : NULL;

	if (!by)
		return false;
	if (chain->trouble != -EEXIST)
		note_limit_say(&chain->notes, NOTE_TAKEN, LOG_ERR, now,
			       "is the same file as %s: read once, by that name", by);
	chain->told = true;
	chain->trouble = -EEXIST;
	chain->start = STARTED;
	chain->shared = file;
	return true;
}

/* Where a file begins to be read that has the name now. */
static uint64_t beginning(const struct tail_set *chain, const struct tail_file *file)
{
	if (file->inode == chain->shared.inode && file->device == chain->shared.device)
		return chain->shared.offset;
	return chain->start == START_END && file->inode == chain->from.inode ? chain->from.offset
									     : 0;
}

/* The file that the name leads to now, and those that had the name since the last look. */
static int take_name(struct tail_set *chain, int fd, int64_t now)
{
	struct tail_file *file;
	int r = tail_file_new(&file, fd);
	uint64_t offset;

	if (r < 0)
		return r;
	if (chain->start == START_PLACE)
		resume(chain, file->inode, now);
	if (tail_set_find(chain, file->device, file->inode) < chain->n ||
	    (chain->n > 0 && !chain->shared.inode &&
	     insert_later(chain, chain->n - 1, file->inode, now) < 0)) {
		tail_file_free(file);
		return 0;
	}
	offset = beginning(chain, file);
	if (offset > 0)
		tail_file_seek(file, offset);
	chain->start = STARTED;
	chain->shared = (struct tail_place){ 0 };
	insert(chain, chain->n, file, now);
	return 0;
}

void tail_set_look(struct tail_set *chain, int64_t now)
{
	struct tail_link *last = chain->n > 0 ? &chain->files[chain->n - 1] : NULL;
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
	at = tail_set_find(chain, st.st_dev, st.st_ino);
	if (at < chain->n) { /* where it was, or back again */
		struct tail_link back = chain->files[at];

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
	if (!tail_set_make_room(chain))
		return; /* the oldest still grows; what comes meanwhile is found beside the name */
	r = tail_file_open(chain->path);
	if (r >= 0)
		r = take_name(chain, r, now);
	if (r < 0)
		trouble(chain, r, now);
	else
		present(chain, now);
}

bool tail_set_event(struct tail_set *chain, int number, uint32_t mask)
{
	for (size_t i = 0; i < chain->n; i++) {
		struct tail_link *link = &chain->files[i];
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

static size_t current(const struct tail_set *chain)
{
	size_t i = 0;

	while (i + 1 < chain->n && chain->files[i].settled)
		i++;
	return i;
}

int64_t tail_set_due(const struct tail_set *chain)
{
	size_t at = current(chain);

	return at + 1 < chain->n ? chain->files[at].grown + TAIL_SET_QUIET : INT64_MAX;
}

struct tail_place tail_set_place(const struct tail_set *chain)
{
	if (chain->n > 0)
		return tail_file_place(chain->files[current(chain)].file);
	return chain->start == START_PLACE ? chain->from : chain->shared;
}

bool tail_set_reads(const struct tail_set *chain, struct tail_place *file)
{
	size_t at = tail_set_find(chain, file->device, file->inode);
	struct tail_place place;

	if (at == chain->n)
		return false;
	place = tail_file_place(
		chain->files[at].file); /* may name the file that this is a copy of */
	file->offset = place.offset;
	file->hash = place.hash;
	return true;
}

int tail_set_trouble(const struct tail_set *chain)
{
	return chain->trouble;
}

uint64_t tail_set_lag(const struct tail_set *chain)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < chain->n; i++)
		sum += tail_file_lag(chain->files[i].file);
	return sum;
}

struct tail_counts *tail_set_counts(struct tail_set *chain)
{
	return &chain->counts;
}

int tail_set_new(struct tail_set **out, const char *path, struct path_watch *watch,
		 const struct tail_place *from, const struct tail_events *events, int64_t now)
{
	struct tail_set *chain = calloc(1, sizeof(*chain));
	struct stat st;

	if (!chain)
		return -ENOMEM;
	chain->path = path;
	chain->copy = -1;
	chain->watch = watch;
	chain->on = events;
	chain->notes = (struct note_limit){ path, events->note, events->context, { 0 } };
	if (from) {
		chain->from = *from;
		chain->start = from->inode ? START_PLACE : START_END;
	} else if (stat(path, &st) == 0) {
		chain->from.inode = st.st_ino;
		chain->from.offset = (uint64_t)st.st_size;
	}
	tail_set_look(chain, now);
	*out = chain;
	return 0;
}

void tail_set_free(struct tail_set *chain)
{
	if (!chain)
		return;
	while (chain->n > 0)
		tail_set_drop(chain, chain->n - 1);
	if (chain->copy >= 0)
		close(chain->copy);
	free(chain);
}
