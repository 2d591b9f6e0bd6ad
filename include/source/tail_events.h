/* SPDX-License-Identifier: MIT */
/* tail_events: what a followed log reports, and what it counts. */
#ifndef RELAYDAM_SOURCE_TAIL_EVENTS_H
#define RELAYDAM_SOURCE_TAIL_EVENTS_H

#include "source/tail_file.h"

/* Callbacks, all from the event loop. None may free the tail. */
struct tail_events {
	void *context;

	/*
	 * One whole line without its newline, valid during the call. `end` is the place after it, without its hash
	 * (tail_place() computes that). While a copy made by copytruncate is read from where the file itself was left, places are those
	 * of the file: its inode, the same offsets. So a saved place is met again. A return value < 0 ends the event loop with
	 * that error; nothing more is read.
	 */
	int (*line)(void *context, struct span line, const struct tail_place *end);

	/* After lines: all there were, or as many as fit into 3 ms. The time to act on them. May be NULL. */
	void (*batch)(void *context);

	/* A message for the administrator, one line; each kind at most every ten seconds. tail_new() may call it. May be NULL. */
	void (*note)(void *context, int priority, const char *text);

	/*
	 * Is this file already followed under another name? Called before a file is opened, with its device and inode. Returns
	 * that name and sets *file to the place up to which it was read there, or NULL for no. Then the file is not read here, and
	 * tail_error() is -EEXIST; if the other one lets go of it, reading starts at that place. May be NULL.
	 */
	const char *(*taken)(void *context, struct tail_place *file);
};

struct tail_counts {
	uint64_t lines, bytes;
	uint64_t rotations;   /* times that reading went on in another file */
	uint64_t truncations; /* times that a file was truncated */
	uint64_t cut;	      /* lines longer than line_buffer's bound */
	uint64_t lost;	      /* gaps: times that something was written and could not be read */
	uint64_t late;	      /* lines written to an old file after the new one was begun */
	uint64_t wakeups;
};

#endif
