/* SPDX-License-Identifier: MIT */
/* note_limit: what a followed file has to say to an admin, each kind at most every ten seconds. */
#ifndef RELAYDAM_SOURCE_NOTE_LIMIT_H
#define RELAYDAM_SOURCE_NOTE_LIMIT_H

#include <stdint.h>

enum note_kind {
	NOTE_MISSING,
	NOTE_PRESENT,
	NOTE_UNREADABLE,
	NOTE_TAKEN,
	NOTE_ROTATED,
	NOTE_EMPTIED,
	NOTE_LOST,
	NOTE_READ,
	NOTE_WATCH,
	NOTE_KINDS
};

struct note_limit {
	const char *path;					     /* begins every text */
	void (*note)(void *context, int priority, const char *text); /* may be NULL */
	void *context;
	int64_t last[NOTE_KINDS]; /* 0 at first */
};

/* now: monotonic, microseconds, above 0. What comes too early is dropped. */
__attribute__((format(printf, 5, 6))) void note_limit_say(struct note_limit *notes,
							  enum note_kind kind, int priority,
							  int64_t now, const char *format, ...);

#endif
