/* SPDX-License-Identifier: MIT */
/* learn: finds the known senders, clients whose mail was accepted, in existing logs. */
#ifndef RELAYDAM_REPLAY_LEARN_H
#define RELAYDAM_REPLAY_LEARN_H

#include "config/config.h"

enum { LEARN_TEXT = 1100 };

struct learn_counts {
	uint64_t lines, mails;
};

/*
 * Reads logs as a replay does, for the time from now - config->spare.within to `now`, microseconds since 1970. The caller must not
 * share `config`: its filters count lines. Finally calls fn() with the known senders, all marked as unsaved; *spare is valid
 * during that call.
 *
 * Returns 0, or < 0 and sets error to a message. A file that cannot be read or is damaged is such an error; the other files
 * are read all the same.
 */
int learn_files(const struct config *config, char *const *paths, size_t n, int64_t now,
		void (*fn)(void *context, struct spare *spare), void *context,
		struct learn_counts *counts, char error[static LEARN_TEXT]);

/* Bytes of the files that learn_rotated() returns. */
#define LEARN_BYTES (UINT64_C(1) << 30)

/*
 * Lists the log `path` and its rotated files (see log_name.h) that were written to since `since`, microseconds since 1970: the newest
 * ones that have at most LEARN_BYTES together. Returns an array of *n paths, newest first (the caller frees each, then the array),
 * or NULL without memory.
 */
char **learn_rotated(const char *path, int64_t since, size_t *n);

#endif
