/* SPDX-License-Identifier: MIT */
/* note_limit: the messages about a followed file, each kind at most every ten seconds. */
#ifndef RELAYDAM_SOURCE_NOTE_LIMIT_H
#define RELAYDAM_SOURCE_NOTE_LIMIT_H

#include <stdint.h>

enum note_kind {
	NOTE_MISSING,
	NOTE_PRESENT,
	NOTE_UNREADABLE,
	NOTE_TAKEN,
	NOTE_ROTATED,
	NOTE_TRUNCATED,
	NOTE_LOST,
	NOTE_READ,
	NOTE_WATCH,
	NOTE_KINDS
};

struct note_limit {
	const char *path;					     /* begins every text */
	void (*note)(void *context, int priority, const char *text); /* may be NULL */
	void *context;
	int64_t last[NOTE_KINDS]; /* time of the last one; 0 at first */
};

/* Formats and passes on a message, or drops it if it comes too early. now: monotonic, microseconds, above 0. */
__attribute__((format(printf, 5, 6))) void note_limit_send(struct note_limit *limit,
							   enum note_kind kind, int priority,
							   int64_t now, const char *format, ...);

#endif
