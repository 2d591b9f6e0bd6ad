/* SPDX-License-Identifier: MIT */
/* chain_files: what chain (the list, and what has the name) and chain_read (what is read when) share. */
#ifndef RELAYDAM_CHAIN_FILES_H
#define RELAYDAM_CHAIN_FILES_H

#include "chain.h"
#include "notes.h"
#include "rotated.h"

enum {
	CHAIN_FILES = 16,
	/* Microseconds: an old file that did not grow for so long is read to its end. */
	CHAIN_QUIET = 1000000,
};

struct link {
	struct logfile *file;
	int number; /* of its watch, or -errno */
	bool moved, closed, ended, settled;
	bool copy; /* of a file that was emptied: nobody writes it */
	int64_t grown;
	int64_t waited; /* since when its successor waits for it, 0: there is none */
};

struct chain {
	const char *path;
	struct pathwatch *watch;
	const struct follow_events *on;
	struct follow_counts counts;
	struct follow_place from;
	/* The newest copy of the file that was emptied, until that is read again; else -1. */
	int copy;
	enum { START_END, START_PLACE, STARTED } start;
	struct follow_place
		shared; /* of the file that somebody else reads, or read when last asked; inode 0: none */
	int64_t missing; /* since when, 0: it is there */
	int trouble;	 /* -errno of the last opening that failed */
	bool told;
	struct notes notes;
	struct rotated_known dropped; /* the last that were let go of, a ring */
	size_t dropped_at;
	size_t n;
	struct link files[CHAIN_FILES];
};

/* Lets go of the file at `at`. */
void chain_drop(struct chain *chain, size_t at);

/* Of CHAIN_FILES; drops the oldest file if it was read to its end. */
bool chain_make_room(struct chain *chain);

/* As rotated_after(), without what was read or is in the chain. */
size_t chain_rotated_after(const struct chain *chain, int fd, int *fds, size_t max);

/* Its index, or chain->n. */
size_t chain_find(const struct chain *chain, uint64_t device, uint64_t inode);

/*
 * An older file, read from its start; or from a place, which may be that of the file that it is a copy of: then its own
 * places are, too. Takes fd over; returns whether it is in the chain now.
 */
bool chain_insert_old(struct chain *chain, size_t at, int fd, const struct follow_place *from,
		      int64_t now);

/* Microseconds since the last write to the file, by the wall clock; not below 0. */
int64_t chain_quiet_for(int fd);

#endif
