/* SPDX-License-Identifier: MIT */
/*
 * tail: the source "a followed file", as tail -F follows it, on sd-event and inotify. Hands over whole lines, each once, in order.
 *
 * - Rotation by rename and by delete: the old file is read until it is at its end and, since it lost its name, its writer closed it
 *   or it was quiet for a second (ten seconds, if it is not); only then the new one. Lines that somebody writes to the old file within the following minute are
 *   handed over when they come (`late`). Files that had the name between two looks are found beside it.
 * - copytruncate: where the copy (mail.log.1) holds more than was read, its rest is read first. What is written between the
 *   copying and the emptying is in neither file.
 * - A new file that begins with all that was read of the old one (saved by an editor) is read on from there.
 * - A half line at the end of a file is continued by the next one. Without a successor it is held until its newline or linebuf's bound.
 * - No inotify (network filesystem, no more watches, a directory that may not be read): a look once a second. That look is
 *   taken in any case.
 * - At low rates a line is handed over at once; when wakeups pass 4,000 a second lines gather for a millisecond, until half
 *   of the milliseconds bring nothing.
 */
#ifndef RELAYDAM_SOURCE_TAIL_H
#define RELAYDAM_SOURCE_TAIL_H

#include <systemd/sd-event.h>

#include "source/tail_file.h"

struct tail;

/* All are called from the loop; none may free the follow. */
struct tail_events {
	void *context;

	/*
	 * One whole line, without its newline, valid during the call; `end` is the place behind it, its hash not set
	 * (tail_place() sets it). In a copy that copytruncate made, as long as reading goes on there where it had come to in the file,
	 * places are those of that file: its inode, the same offsets; so a place that was saved is met again. < 0 ends the loop with this error; nothing is read any more.
	 */
	int (*line)(void *context, struct span line, const struct tail_place *end);

	/* Lines came, and all that is there was handed over, or the share of one turn (3 ms): time to act on them. NULL: no. */
	void (*turn)(void *context);

	/* What an admin may want to know, one line; the same kind at most every ten seconds. May come from tail_new(). NULL: no. */
	void (*note)(void *context, int priority, const char *text);

	/*
	 * Does somebody else read this file, by another name? Asked before one is opened that was not open already, with device
	 * and inode. Returns that name and sets *file to the place up to which he has read it; NULL: no. Then the file is not read,
	 * tail_trouble() is -EEXIST, and should he let go of it, it is read from that place on. NULL: nobody does.
	 */
	const char *(*taken)(void *context, struct tail_place *file);
};

struct tail_counts {
	uint64_t lines, bytes;
	uint64_t rotations;   /* times that reading went on in another file */
	uint64_t truncations; /* times that a file was emptied */
	uint64_t cut;	      /* lines over linebuf's bound */
	uint64_t lost;	      /* gaps: times that something written cannot be had */
	uint64_t late;	      /* lines written to an old file after the new one was begun */
	uint64_t wakeups;
};

/*
 * Follows path, which need not be there yet. From `from`, which may lie in a rotated file; then that one and all after it
 * are read first; if it cannot be found, that is noted and counted as lost, and the present file is read from its
 * start. All 0 (nothing was there): from the start. NULL: from the present end of the file, or from the start of one that appears later.
 * The event loop and what events->context points to must outlive it; a place and events are copied. Returns 0 and sets *out
 * (free with tail_free()), or -errno; trouble with the file is no error but noted.
 */
int tail_new(struct tail **out, sd_event *event, const char *path, const struct tail_place *from,
	     const struct tail_events *events);
void tail_free(struct tail *follow);

/*
 * Up to where all lines were handed over, hash included; `from` for the next start. All 0 before a file was seen. Of a file that
 * somebody else reads: his place, at the last look.
 */
struct tail_place tail_place(const struct tail *follow);

/* Is the file of this device and inode open here? Then sets the rest of *file to the place in it. */
bool tail_reads(const struct tail *follow, struct tail_place *file);

/* A look at what has the name, at once. */
void tail_look(struct tail *follow);

/* Is what that place is in still there, by its name, rotated or as a copy? Compressed files do not count. */
bool tail_has(const char *path, const struct tail_place *place);

/* 0, or -errno of the file's last opening: -ENOENT while it is missing, -EEXIST while somebody else reads it. */
int tail_trouble(const struct tail *follow);

/* Bytes that were written and not read yet. */
uint64_t tail_lag(const struct tail *follow);

struct tail_counts tail_counts(const struct tail *follow);

#endif
