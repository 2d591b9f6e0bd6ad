/* SPDX-License-Identifier: MIT */
/* tail_set_private: what chain (the list, and what has the name) and tail_set_read (what is read when) share. */
#ifndef RELAYDAM_SOURCE_TAIL_SET_PRIVATE_H
#define RELAYDAM_SOURCE_TAIL_SET_PRIVATE_H

#include "note_limit.h"
#include "rotation.h"
#include "tail_set.h"

enum {
	TAIL_SET_FILES = 16,
	/* Microseconds: an old file that did not grow for so long is read to its end. */
	TAIL_SET_QUIET = 1000000,
};

struct tail_link {
	struct tail_file *file;
	int number; /* of its watch, or -errno */
	bool moved, closed, ended, settled;
	bool copy; /* of a file that was emptied: nobody writes it */
	int64_t grown;
	int64_t waited; /* since when its successor waits for it, 0: there is none */
};

struct tail_set {
	const char *path;
	struct path_watch *watch;
	const struct tail_events *on;
	struct tail_counts counts;
	struct tail_place from;
	/* The newest copy of the file that was emptied, until that is read again; else -1. */
	int copy;
	enum { START_END, START_PLACE, STARTED } start;
	struct tail_place
		shared; /* of the file that somebody else reads, or read when last asked; inode 0: none */
	int64_t missing; /* since when, 0: it is there */
	int trouble;	 /* -errno of the last opening that failed */
	bool told;
	struct note_limit notes;
	struct rotation_known dropped; /* the last that were let go of, a ring */
	size_t dropped_at;
	size_t n;
	struct tail_link files[TAIL_SET_FILES];
};

/* Lets go of the file at `at`. */
void tail_set_drop(struct tail_set *chain, size_t at);

/* Of TAIL_SET_FILES; drops the oldest file if it was read to its end. */
bool tail_set_make_room(struct tail_set *chain);

/* As rotation_after(), without what was read or is in the chain. */
size_t tail_set_rotated_after(const struct tail_set *chain, int fd, int *fds, size_t max);

/* Its index, or chain->n. */
size_t tail_set_find(const struct tail_set *chain, uint64_t device, uint64_t inode);

/*
 * An older file, read from its start; or from a place, which may be that of the file that it is a copy of: then its own
 * places are, too. Takes fd over; returns whether it is in the chain now.
 */
bool tail_set_insert_old(struct tail_set *chain, size_t at, int fd, const struct tail_place *from,
			 int64_t now);

/* Microseconds since the last write to the file, by the wall clock; not below 0. */
int64_t tail_set_quiet_for(int fd);

#endif
