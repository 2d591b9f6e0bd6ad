/* SPDX-License-Identifier: MIT */
/*
 * source_overlap: do two of the daemon's sources hold the same lines, so that each would count twice?
 *
 * Decided by content: the last lines that a program wrote to either source are in the other as well, with the same text, within
 * two seconds, from the same process and host as far as both have them. So a duplication that has ended does not count, and a
 * local user who cannot read both sources cannot fake one.
 */
#ifndef RELAYDAM_SOURCE_SOURCE_OVERLAP_H
#define RELAYDAM_SOURCE_SOURCE_OVERLAP_H

#include "config/config.h"

enum { SOURCE_OVERLAP_PROGRAM = 32 };

enum source_overlap {
	SOURCE_OVERLAP_NO,   /* or unknown: one is empty or unreadable */
	SOURCE_OVERLAP_FILE, /* two names of one file */
	SOURCE_OVERLAP_LINES,
};

struct source_overlap_options {
	const char *root;    /* prepended to the names of files: "" for this machine */
	const char *journal; /* a directory of journal files; NULL: this machine's */
	const struct zone *zone;
	int64_t now; /* microseconds since 1970 */
};

/*
 * Compares the last 128 KiB of files, each with its newest rotated one, and the last 512 journal entries of the units. Returns an
 * enum source_overlap, or -ENOMEM. program: with SOURCE_OVERLAP_LINES the program whose lines they are, up to a slash; else "".
 */
int source_overlap_find(const struct source_conf *a, const struct source_conf *b,
			const struct source_overlap_options *options,
			char program[static SOURCE_OVERLAP_PROGRAM]);

/* The name of a source in messages. */
static inline const char *source_overlap_name(const struct source_conf *source)
{
	return source->file ? source->file : "the journal";
}

/* Format of a warning: the names of two sources, and a program. */
#define SOURCE_OVERLAP_TEXT                                                                        \
	"%s and %s both hold the lines of %s, so each counts twice: name one of them"

#endif
