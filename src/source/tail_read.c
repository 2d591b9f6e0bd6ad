/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "logline/line_buffer.h"
#include "rotation.h"
#include "tail_set_private.h"

enum {
	/* Two writers, one of which never lets go, must not hide the new file. */
	PATIENCE = 10 * 1000000,
	/* An old file is watched for so long, for a writer that is late. */
	LINGER = 60 * 1000000,
};

static int hand_out(struct tail_set *chain, const struct tail_link *link)
{
	uint64_t cut = tail_file_cut(link->file);
	struct span line;
	int r = 0;

	while (r >= 0 && tail_file_next(link->file, &line)) {
		struct tail_place end = tail_file_spot(link->file);

		chain->counts.lines++;
		chain->counts.late += link->settled;
		r = chain->on->line(chain->on->context, line, &end);
	}
	chain->counts.cut += tail_file_cut(link->file) - cut;
	return r < 0 ? r : 0;
}

/* The copies that were made since chain->copy, but for one of what the file at `at` holds now. Returns how many. */
static size_t insert_copies(struct tail_set *chain, size_t at, int64_t now)
{
	struct tail_file *file = chain->files[at].file;
	int fds[TAIL_SET_FILES];
	size_t n = tail_set_rotated_after(chain, chain->copy, fds, TAIL_SET_FILES - chain->n),
	       added = 0;

	for (size_t i = 0; i < n; i++) {
		int kept = fds[i], own = -1;

		if (!tail_file_same_start(kept, file->fd))
			own = dup(kept);
		if (own < 0 || !tail_set_insert_old(chain, at + added, own, NULL, now)) {
			close(kept);
			continue;
		}
		chain->files[at + added++].copy = true;
		close(chain->copy);
		chain->copy = kept;
	}
	return added;
}

/*
 * Copied and emptied once more while it was empty to us? Asked when its first block was read (`n` bytes), before anything
 * is handed out: what is in the buffer and what the copies are compared with may be of two lives of the file, but then
 * a copy of the first one is found.
 */
static bool was_copied(struct tail_set *chain, size_t at, int n, int64_t now)
{
	struct tail_file *file = chain->files[at].file;

	if (chain->copy < 0 || chain->files[at].copy || n < 0 || file->read != (uint64_t)n)
		return false;
	if (insert_copies(chain, at, now) > 0) {
		tail_file_restart(file);
		return true;
	}
	if (n > 0) {
		close(chain->copy);
		chain->copy = -1;
	}
	return false;
}

/*
 * The file was emptied. If the bytes that we had not read are in the copy, they come first: copies are put before
 * it in the chain.
 */
static void emptied(struct tail_set *chain, size_t at, int64_t now)
{
	struct tail_file *file = chain->files[at].file;
	struct tail_place place = tail_file_place(file);
	bool held = tail_file_held(file) > 0, packed;
	int fd = place.offset > 0 ? rotation_open(chain->path, &place, &packed) : -ENOENT;
	struct stat st;

	chain->counts.truncations++;
	note_limit_say(&chain->notes, NOTE_EMPTIED, LOG_INFO, now,
		       "was emptied, is read from its start");
	tail_file_restart(file);
	if (fd < 0) {
		chain->counts.lost += held;
		return;
	}
	if (chain->copy >= 0)
		close(chain->copy);
	chain->copy = fd;
	if (fstat(fd, &st) == 0 && (uint64_t)st.st_size > place.offset &&
	    tail_set_make_room(chain)) {
		at = tail_set_find(chain, file->device, file->inode);
		if (tail_set_insert_old(chain, at, dup(fd), &place, now))
			chain->files[at].copy = true;
	}
}

/* All that the file has now. Returns 1 when the chain has changed. */
static int drain(struct tail_set *chain, size_t at, int64_t now, size_t *budget)
{
	struct tail_link *link = &chain->files[at];

	for (;;) {
		int r, n = tail_file_fill(link->file);

		if (n == -ESTALE) {
			emptied(chain, at, now);
			*budget -= *budget < LINE_BUFFER_BLOCK ? *budget : LINE_BUFFER_BLOCK;
			return 1;
		}
		if (was_copied(chain, at, n, now))
			return 1;
		link->ended = n < LINE_BUFFER_BLOCK;
		if (n < 0)
			note_limit_say(&chain->notes, NOTE_READ, LOG_ERR, now, "read: %s",
				       strerrordesc_np(-n));
		if (n > 0) {
			/* Since it lost its name it may have grown long before it was its turn. */
			link->grown = link->moved ? now - tail_set_quiet_for(link->file->fd) : now;
			chain->counts.bytes += (uint64_t)n;
			r = hand_out(chain, link);
			if (r < 0)
				return r;
		}
		if (link->ended)
			return 0;
		*budget -= *budget < LINE_BUFFER_BLOCK ? *budget : LINE_BUFFER_BLOCK;
		if (*budget == 0)
			return 0;
	}
}

/* May the file after it be read? */
static bool settle(struct tail_set *chain, size_t at, int64_t now)
{
	struct tail_link *link = &chain->files[at];
	struct tail_place place;
	struct tail_file *next;

	if (link->settled)
		return true;
	if (at + 1 == chain->n || !link->ended)
		return false;
	if (!link->waited)
		link->waited = now;
	if (!link->closed && !link->copy && now - link->grown < TAIL_SET_QUIET &&
	    now - link->waited < PATIENCE)
		return false;
	link->settled = true;
	next = chain->files[at + 1].file;
	place = tail_file_place(link->file);
	if (place.offset >= TAIL_FILE_TAIL && tail_file_spot(next).offset == 0 &&
	    tail_file_matches(next->fd, &place))
		tail_file_seek(next, place.offset);
	tail_file_inherit(next, link->file);
	if (!link->copy) {
		chain->counts.rotations++;
		note_limit_say(&chain->notes, NOTE_ROTATED, LOG_INFO, now,
			       "was rotated, the old file is read to its end");
	}
	return true;
}

static void expire(struct tail_set *chain, int64_t now)
{
	for (size_t i = chain->n; i > 0; i--) {
		struct tail_link *link = &chain->files[i - 1];

		if (!link->settled || (!link->copy && now - link->grown < LINGER))
			continue;
		chain->counts.lost += tail_file_held(link->file) > 0;
		tail_set_drop(chain, i - 1);
	}
}

int tail_set_read(struct tail_set *chain, int64_t now, size_t budget)
{
	size_t at = 0;

	while (at < chain->n) {
		int r = drain(chain, at, now, &budget);

		if (r < 0)
			return r;
		if (budget == 0)
			return 1;
		if (r > 0)
			at = 0;
		else if (!settle(chain, at++, now))
			break;
	}
	expire(chain, now);
	return 0;
}
