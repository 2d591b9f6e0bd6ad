/* SPDX-License-Identifier: MIT */
#include "tail_set.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "path_watch.h"
#include "rotation.h"
#include "tail_set_private.h"
#include "util/array.h"
#include "util/time_units.h"

enum { DROPPED = 64 };

void tail_set_drop(struct tail_set *set, size_t at)
{
	struct tail_member *member = &set->files[at];

	path_watch_remove(set->watch, member->number);
	set->dropped.inodes[set->dropped_at] = member->file->inode;
	set->dropped_at = (set->dropped_at + 1) % DROPPED;
	if (set->dropped.n < DROPPED)
		set->dropped.n++;
	tail_file_free(member->file);
	set->n--;
	memmove(member, member + 1, (set->n - at) * sizeof(*member));
}

bool tail_set_make_room(struct tail_set *set)
{
	if (set->n == TAIL_SET_FILES && set->files[0].settled)
		tail_set_drop(set, 0);
	return set->n < TAIL_SET_FILES;
}

size_t tail_set_find(const struct tail_set *set, uint64_t device, uint64_t inode)
{
	size_t i = 0;

	while (i < set->n &&
	       (set->files[i].file->inode != inode || set->files[i].file->device != device))
		i++;
	return i;
}

int64_t tail_set_quiet_for(int fd)
{
	struct timespec now;
	struct stat st;
	int64_t quiet;

	if (fstat(fd, &st) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
		return 0;
	quiet = (now.tv_sec - st.st_mtim.tv_sec) * UNITS_SECOND +
		(now.tv_nsec - st.st_mtim.tv_nsec) / 1000;
	return quiet > 0 ? quiet : 0;
}

/* Takes over the file. There must be room. */
static struct tail_member *insert(struct tail_set *set, size_t at, struct tail_file *file,
				  int64_t now)
{
	struct tail_member *member = &set->files[at];

	memmove(member + 1, member, (set->n - at) * sizeof(*member));
	set->n++;
	*member = (struct tail_member){
		.file = file,
		.number = path_watch_add(set->watch, file->fd),
		.grown = now - tail_set_quiet_for(file->fd),
	};
	if (member->number < 0)
		note_limit_send(&set->notes, NOTE_WATCH, LOG_WARNING, now,
				"cannot be watched (%s), is polled once a second",
				strerrordesc_np(-member->number));
	return member;
}

bool tail_set_insert_old(struct tail_set *set, size_t at, int fd, const struct tail_place *from,
			 int64_t now)
{
	struct tail_file *file;

	if (!tail_set_make_room(set)) {
		close(fd);
		return false;
	}
	at = at < set->n ? at : set->n;
	if (tail_file_new(&file, fd) < 0)
		return false;
	if (tail_set_find(set, file->device, file->inode) < set->n ||
	    tail_file_seek(file, from ? from->offset : 0) < 0) {
		tail_file_free(file);
		return false;
	}
	if (from) {
		file->place_device = from->device;
		file->place_inode = from->inode;
	}
	insert(set, at, file, now)->moved = true;
	return true;
}

size_t tail_set_rotated_after(const struct tail_set *set, int fd, int *fds, size_t max)
{
	struct rotation_known known = set->dropped;

	_Static_assert(DROPPED + TAIL_SET_FILES <= ARRAY_SIZE(known.inodes), "room for both");
	for (size_t i = 0; i < set->n; i++)
		known.inodes[known.n++] = set->files[i].file->inode;
	return rotation_after(set->path, fd, &known, fds, max);
}

/*
 * Inserts the files that were rotated away after the one at `at` and before the one with the name. Returns how many, or -1 if
 * there may be more.
 */
static int insert_later(struct tail_set *set, size_t at, uint64_t name_inode, int64_t now)
{
	int fds[TAIL_SET_FILES];
	size_t max = TAIL_SET_FILES - set->n;
	size_t n = tail_set_rotated_after(set, set->files[at].file->fd, fds, max), added = 0;
	struct stat st;

	for (size_t i = 0; i < n; i++) {
		if (fstat(fds[i], &st) < 0 || st.st_ino == name_inode)
			close(fds[i]);
		else if (tail_set_insert_old(set, at + added + 1, fds[i], NULL, now))
			added++;
	}
	return n == max ? -1 : (int)added;
}

/* Finds the file of the place to start from. name_inode: of the file that has the name, 0 if there is none: then the place's file may yet appear. */
static void resume(struct tail_set *set, uint64_t name_inode, int64_t now)
{
	bool packed;
	int fd = rotation_open(set->path, &set->from, &packed);

	if (fd >= 0 && tail_set_insert_old(set, 0, fd, &set->from, now)) {
		set->start = STARTED;
	} else if (name_inode) {
		set->start = STARTED;
		set->counts.lost++;
		note_limit_send(
			&set->notes, NOTE_LOST, LOG_WARNING, now,
			"the file that was read up to byte %llu was not found%s: lines may be lost; reading from the start",
			(unsigned long long)set->from.offset,
			packed ? ", it may be compressed" : "");
	}
}

static void open_succeeded(struct tail_set *set, int64_t now)
{
	if (set->reported)
		note_limit_send(&set->notes, NOTE_PRESENT, LOG_NOTICE, now, "exists now");
	set->reported = false;
	set->missing = 0;
	set->error = 0;
}

static void open_failed(struct tail_set *set, int r, int64_t now)
{
	if (r != -ENOENT && r != -ENOTDIR && r != set->error) {
		note_limit_send(&set->notes, NOTE_UNREADABLE, LOG_WARNING, now,
				"cannot be read: %s; retried once a second",
				r == -EINVAL ? "not a regular file" : strerrordesc_np(-r));
		set->reported = true;
	}
	set->error = r;
	if (!set->missing)
		set->missing = now;
	if (!set->reported &&
	    now - set->missing >=
		    TAIL_SET_QUIET) { /* during a rotation it is missing for some ms */
		note_limit_send(&set->notes, NOTE_MISSING, LOG_WARNING, now,
				"does not exist; waiting for it");
		set->reported = true;
	}
}

/*
 * The file is already followed under another name (a hard or symbolic link). That source owns it; its lines are counted
 * once.
 */
static bool is_taken(struct tail_set *set, const struct stat *st, int64_t now)
{
	struct tail_place file = { .device = st->st_dev, .inode = st->st_ino };
	const char *by = set->events->taken ? set->events->taken(set->events->context, &file)
					    : NULL;

	if (!by)
		return false;
	if (set->error != -EEXIST)
		note_limit_send(&set->notes, NOTE_TAKEN, LOG_ERR, now,
				"is the same file as %s: read once, under that name", by);
	set->reported = true;
	set->error = -EEXIST;
	set->start = STARTED;
	set->shared = file;
	return true;
}

/* The offset at which to start the file that has the name now. */
static uint64_t start_offset(const struct tail_set *set, const struct tail_file *file)
{
	if (file->inode == set->shared.inode && file->device == set->shared.device)
		return set->shared.offset;
	return set->start == START_END && file->inode == set->from.inode ? set->from.offset : 0;
}

/* Adds the file that has the name now, and those that had it since the last poll. */
static int take_name(struct tail_set *set, int fd, int64_t now)
{
	struct tail_file *file;
	int r = tail_file_new(&file, fd);
	uint64_t offset;

	if (r < 0)
		return r;
	if (set->start == START_PLACE)
		resume(set, file->inode, now);
	if (tail_set_find(set, file->device, file->inode) < set->n ||
	    (set->n > 0 && !set->shared.inode &&
	     insert_later(set, set->n - 1, file->inode, now) < 0)) {
		tail_file_free(file);
		return 0;
	}
	offset = start_offset(set, file);
	if (offset > 0)
		tail_file_seek(file, offset);
	set->start = STARTED;
	set->shared = (struct tail_place){ 0 };
	insert(set, set->n, file, now);
	return 0;
}

void tail_set_poll(struct tail_set *set, int64_t now)
{
	struct tail_member *last = set->n > 0 ? &set->files[set->n - 1] : NULL;
	struct stat st;
	size_t at;
	int r;

	if (stat(set->path, &st) < 0) {
		open_failed(set, -errno, now);
		if (last)
			last->moved = true;
		else if (set->start == START_PLACE)
			resume(set, 0, now);
		return;
	}
	at = tail_set_find(set, st.st_dev, st.st_ino);
	if (at < set->n) { /* still there, or back again */
		struct tail_member back = set->files[at];

		last->moved = true;
		back.moved = back.closed = back.settled = false;
		back.waited = 0;
		memmove(&set->files[at], &set->files[at + 1], (set->n - 1 - at) * sizeof(back));
		set->files[set->n - 1] = back;
		open_succeeded(set, now);
		return;
	}
	if (last)
		last->moved = true;
	if (is_taken(set, &st, now))
		return;
	if (!tail_set_make_room(set))
		return; /* the oldest still grows; files that appear meanwhile are found beside the name */
	r = tail_file_open(set->path);
	if (r >= 0)
		r = take_name(set, r, now);
	if (r < 0)
		open_failed(set, r, now);
	else
		open_succeeded(set, now);
}

bool tail_set_event(struct tail_set *set, int number, uint32_t mask)
{
	for (size_t i = 0; i < set->n; i++) {
		struct tail_member *member = &set->files[i];
		struct stat st;

		if (member->number != number)
			continue;
		if (mask & IN_MOVE_SELF)
			member->moved = true;
		if ((mask & IN_ATTRIB) && fstat(member->file->fd, &st) == 0 && st.st_nlink == 0)
			member->moved = true;
		if (mask & IN_MODIFY)
			member->closed = false;
		if (mask & IN_CLOSE_WRITE)
			member->closed = member->moved;
	}
	return mask & (IN_MOVE_SELF | IN_ATTRIB | IN_DELETE_SELF | IN_IGNORED);
}

static size_t current(const struct tail_set *set)
{
	size_t i = 0;

	while (i + 1 < set->n && set->files[i].settled)
		i++;
	return i;
}

int64_t tail_set_due(const struct tail_set *set)
{
	size_t at = current(set);

	return at + 1 < set->n ? set->files[at].grown + TAIL_SET_QUIET : INT64_MAX;
}

struct tail_place tail_set_place(const struct tail_set *set)
{
	if (set->n > 0)
		return tail_file_place(set->files[current(set)].file);
	return set->start == START_PLACE ? set->from : set->shared;
}

bool tail_set_reads(const struct tail_set *set, struct tail_place *file)
{
	size_t at = tail_set_find(set, file->device, file->inode);
	struct tail_place place;

	if (at == set->n)
		return false;
	place = tail_file_place(
		set->files[at].file); /* may name the file that this one is a copy of */
	file->offset = place.offset;
	file->hash = place.hash;
	return true;
}

int tail_set_error(const struct tail_set *set)
{
	return set->error;
}

uint64_t tail_set_lag(const struct tail_set *set)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < set->n; i++)
		sum += tail_file_lag(set->files[i].file);
	return sum;
}

struct tail_counts *tail_set_counts(struct tail_set *set)
{
	return &set->counts;
}

int tail_set_new(struct tail_set **out, const char *path, struct path_watch *watch,
		 const struct tail_place *from, const struct tail_events *events, int64_t now)
{
	struct tail_set *set = calloc(1, sizeof(*set));
	struct stat st;

	if (!set)
		return -ENOMEM;
	set->path = path;
	set->copy = -1;
	set->watch = watch;
	set->events = events;
	set->notes = (struct note_limit){ path, events->note, events->context, { 0 } };
	if (from) {
		set->from = *from;
		set->start = from->inode ? START_PLACE : START_END;
	} else if (stat(path, &st) == 0) {
		set->from.inode = st.st_ino;
		set->from.offset = (uint64_t)st.st_size;
	}
	tail_set_poll(set, now);
	*out = set;
	return 0;
}

void tail_set_free(struct tail_set *set)
{
	if (!set)
		return;
	while (set->n > 0)
		tail_set_drop(set, set->n - 1);
	if (set->copy >= 0)
		close(set->copy);
	free(set);
}
