/* SPDX-License-Identifier: MIT */
/*
 * source_overlap: do two of the daemon's sources hold the same lines, so that each would count twice?
 *
 * Known, not guessed: the last lines that a program wrote to either stand in the other, with the same words, at the same
 * second, by the same process and host as far as both say. So what was so last week and is not any more does not count, and a
 * local user who cannot read both cannot make it look so.
 */
#ifndef RELAYDAM_SOURCE_SOURCE_OVERLAP_H
#define RELAYDAM_SOURCE_SOURCE_OVERLAP_H

#include "config/config.h"

enum { SOURCE_OVERLAP_PROGRAM = 32 };

enum source_overlap {
	SOURCE_OVERLAP_NO,   /* or not known: one is empty, or cannot be read */
	SOURCE_OVERLAP_FILE, /* two names of one file */
	SOURCE_OVERLAP_LINES,
};

struct source_overlap_options {
	const char *root;    /* before the names of files: "" for this machine */
	const char *journal; /* a directory of journal files; NULL: this machine's */
	const struct zone *zone;
	int64_t now; /* microseconds since 1970 */
};

/*
 * Asks the files (the last 128 KiB of each and of its newest rotated one) and the journal (the units' last 512 entries). With
 * SOURCE_OVERLAP_LINES sets program, "" else: whose lines they are, up to a slash. Returns an enum source_overlap, or -ENOMEM.
 */
int source_overlap_find(const struct source_conf *a, const struct source_conf *b,
			const struct source_overlap_options *options,
			char program[static SOURCE_OVERLAP_PROGRAM]);

/* How a message names it. */
static inline const char *source_overlap_name(const struct source_conf *source)
{
	return source->file ? source->file : "the journal";
}

/* Two names and a program; what a person can do. */
#define SOURCE_OVERLAP_TEXT                                                                        \
	"%s and %s both hold the lines of %s, so each counts twice: name one of them"

#endif
