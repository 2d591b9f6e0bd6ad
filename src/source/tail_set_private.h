/* SPDX-License-Identifier: MIT */
/* tail_set_private: shared by tail_set.c (the list, and which file has the name) and tail_read.c (what is read when). */
#ifndef RELAYDAM_SOURCE_TAIL_SET_PRIVATE_H
#define RELAYDAM_SOURCE_TAIL_SET_PRIVATE_H

#include "note_limit.h"
#include "rotation.h"
#include "source/tail_events.h"
#include "util/time_units.h"

enum {
	TAIL_SET_FILES = 16,
	/* Microseconds. An old file that did not grow for so long is taken to be at its end. */
	TAIL_SET_QUIET = UNITS_SECOND,
};

struct tail_member {
	struct tail_file *file;
	int number; /* of its watch, or -errno */
	bool moved; /* lost its name */
	bool closed, ended;
	bool settled; /* the next file may be read */
	bool copy;    /* made by copytruncate: nobody writes to it */
	int64_t grown;
	int64_t waited; /* since when its successor waits for it; 0: there is none */
};

struct tail_set {
	const char *path;
	struct path_watch *watch;
	const struct tail_events *events;
	struct tail_counts counts;
	struct tail_place from;
	/* Descriptor of the newest copy of the file that was truncated, until that is read again; else -1. */
	int copy;
	enum { START_END, START_PLACE, STARTED } start;
	/* Place in the file that is, or was at the last poll, followed under another name; inode 0: none. */
	struct tail_place shared;
	int64_t missing; /* since when; 0: the file exists */
	int error;	 /* -errno of the last attempt to open the file */
	bool reported;	 /* that error, to the administrator */
	struct note_limit notes;
	struct rotation_known dropped; /* the files that were dropped last, a ring */
	size_t dropped_at;
	size_t n;
	struct tail_member files[TAIL_SET_FILES];
};

/* Closes the file at `at` and removes it from the set. */
void tail_set_drop(struct tail_set *set, size_t at);

/* Drops the oldest file if the set is full and that file was read to its end. Returns whether there is room. */
bool tail_set_make_room(struct tail_set *set);

/* As rotation_after(), without what was read or is in the set. */
size_t tail_set_rotated_after(const struct tail_set *set, int fd, int *fds, size_t max);

/* Returns the index of the file, or set->n. */
size_t tail_set_find(const struct tail_set *set, uint64_t device, uint64_t inode);

/*
 * Inserts an older file at `at`, to be read from `from`, or from its start if that is NULL. If `from` names the file that
 * this one is a copy of, places in the copy name that file, too. Takes over fd; returns whether it was inserted.
 */
bool tail_set_insert_old(struct tail_set *set, size_t at, int fd, const struct tail_place *from,
			 int64_t now);

/* Returns the microseconds since the last write to the file, by the wall clock; not below 0. */
int64_t tail_set_quiet_for(int fd);

#endif
