/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "logline/line_buffer.h"
#include "rotation.h"
#include "tail_set.h"
#include "tail_set_private.h"
#include "util/time_units.h"

enum {
	/* The new file is read after this long, even if a writer keeps the old one open and writes to it. */
	PATIENCE = 10 * UNITS_SECOND,
	/* An old file is watched for this long, for late writers. */
	LINGER = 60 * UNITS_SECOND,
};

static int deliver(struct tail_set *set, const struct tail_member *member)
{
	uint64_t cut = tail_file_cut(member->file);
	struct span line;
	int r = 0;

	while (r >= 0 && tail_file_next(member->file, &line)) {
		struct tail_place end = tail_file_place_unhashed(member->file);

		set->counts.lines++;
		set->counts.late += member->settled;
		r = set->events->line(set->events->context, line, &end);
	}
	set->counts.cut += tail_file_cut(member->file) - cut;
	return r < 0 ? r : 0;
}

/* Inserts the copies made since set->copy, except one of what the file at `at` holds now. Returns how many. */
static size_t insert_copies(struct tail_set *set, size_t at, int64_t now)
{
	struct tail_file *file = set->files[at].file;
	int fds[TAIL_SET_FILES];
	size_t n = tail_set_rotated_after(set, set->copy, fds, TAIL_SET_FILES - set->n), added = 0;

	for (size_t i = 0; i < n; i++) {
		int kept = fds[i], own = -1;

		if (!tail_file_same_start(kept, file->fd))
			own = dup(kept);
		if (own < 0 || !tail_set_insert_old(set, at + added, own, NULL, now)) {
			close(kept);
			continue;
		}
		set->files[at + added++].copy = true;
		close(set->copy);
		set->copy = kept;
	}
	return added;
}

/*
 * Was the file copied and truncated again before anything of it was read? Called when its first block was read (`n` bytes) and
 * before it is delivered. The buffer and the file that copies are compared with may differ by such a truncation, but then a
 * copy of what is in the buffer is found.
 */
static bool was_copied(struct tail_set *set, size_t at, int n, int64_t now)
{
	struct tail_file *file = set->files[at].file;

	if (set->copy < 0 || set->files[at].copy || n < 0 || file->read != (uint64_t)n)
		return false;
	if (insert_copies(set, at, now) > 0) {
		tail_file_restart(file);
		return true;
	}
	if (n > 0) {
		close(set->copy);
		set->copy = -1;
	}
	return false;
}

/*
 * The file was truncated. If its unread bytes are in a copy, they are read first: copies are inserted before it.
 */
static void on_truncated(struct tail_set *set, size_t at, int64_t now)
{
	struct tail_file *file = set->files[at].file;
	struct tail_place place = tail_file_place(file);
	bool held = tail_file_held(file) > 0, packed;
	int fd = place.offset > 0 ? rotation_open(set->path, &place, &packed) : -ENOENT;
	struct stat st;

	set->counts.truncations++;
	note_limit_send(&set->notes, NOTE_TRUNCATED, LOG_INFO, now,
			"was truncated; reading from its start");
	tail_file_restart(file);
	if (fd < 0) {
		set->counts.lost += held;
		return;
	}
	if (set->copy >= 0)
		close(set->copy);
	set->copy = fd;
	if (fstat(fd, &st) == 0 && (uint64_t)st.st_size > place.offset && tail_set_make_room(set)) {
		at = tail_set_find(set, file->device, file->inode);
		if (tail_set_insert_old(set, at, dup(fd), &place, now))
			set->files[at].copy = true;
	}
}

/* Reads all that the file has now. Returns 1 if the set has changed. */
static int drain(struct tail_set *set, size_t at, int64_t now, size_t *budget)
{
	struct tail_member *member = &set->files[at];

	for (;;) {
		int r, n = tail_file_fill(member->file);

		if (n == -ESTALE) {
			on_truncated(set, at, now);
			*budget -= *budget < LINE_BUFFER_BLOCK ? *budget : LINE_BUFFER_BLOCK;
			return 1;
		}
		if (was_copied(set, at, n, now))
			return 1;
		member->ended = n < LINE_BUFFER_BLOCK;
		if (n < 0)
			note_limit_send(&set->notes, NOTE_READ, LOG_ERR, now, "read: %s",
					strerrordesc_np(-n));
		if (n > 0) {
			/* It may have grown long before it was read. */
			member->grown = member->moved ? now - tail_set_quiet_for(member->file->fd)
						      : now;
			set->counts.bytes += (uint64_t)n;
			r = deliver(set, member);
			if (r < 0)
				return r;
		}
		if (member->ended)
			return 0;
		*budget -= *budget < LINE_BUFFER_BLOCK ? *budget : LINE_BUFFER_BLOCK;
		if (*budget == 0)
			return 0;
	}
}

/* May the next file be read? */
static bool settle(struct tail_set *set, size_t at, int64_t now)
{
	struct tail_member *member = &set->files[at];
	struct tail_place place;
	struct tail_file *next;

	if (member->settled)
		return true;
	if (at + 1 == set->n || !member->ended)
		return false;
	if (!member->waited)
		member->waited = now;
	if (!member->closed && !member->copy && now - member->grown < TAIL_SET_QUIET &&
	    now - member->waited < PATIENCE)
		return false;
	member->settled = true;
	next = set->files[at + 1].file;
	place = tail_file_place(member->file);
	if (place.offset >= TAIL_FILE_TAIL && tail_file_place_unhashed(next).offset == 0 &&
	    tail_file_matches(next->fd, &place))
		tail_file_seek(next, place.offset);
	tail_file_inherit(next, member->file);
	if (!member->copy) {
		set->counts.rotations++;
		note_limit_send(&set->notes, NOTE_ROTATED, LOG_INFO, now,
				"was rotated; the old file was read to its end");
	}
	return true;
}

static void expire(struct tail_set *set, int64_t now)
{
	for (size_t i = set->n; i > 0; i--) {
		struct tail_member *member = &set->files[i - 1];

		if (!member->settled || (!member->copy && now - member->grown < LINGER))
			continue;
		set->counts.lost += tail_file_held(member->file) > 0;
		tail_set_drop(set, i - 1);
	}
}

int tail_set_read(struct tail_set *set, int64_t now, size_t budget)
{
	size_t at = 0;

	while (at < set->n) {
		int r = drain(set, at, now, &budget);

		if (r < 0)
			return r;
		if (budget == 0)
			return 1;
		if (r > 0)
			at = 0;
		else if (!settle(set, at++, now))
			break;
	}
	expire(set, now);
	return 0;
}
