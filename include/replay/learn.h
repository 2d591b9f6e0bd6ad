/* SPDX-License-Identifier: MIT */
/* learn: who has delivered, from logs that are there. */
#ifndef RELAYDAM_REPLAY_LEARN_H
#define RELAYDAM_REPLAY_LEARN_H

#include "config/config.h"

enum { LEARN_TEXT = 1100 };

struct learn_counts {
	uint64_t lines, mails;
};

/*
 * Reads logs as a replay does, of the last config->spare.within up to `now`. `config` must be nobody else's: its filters
 * count what they see. At the end fn is told who has delivered, all of them unsaved; *spare is gone when it returns.
 * Returns 0, or < 0 with the reason in error: of a file that cannot be read or is damaged, after the rest was learnt.
 */
int learn_files(const struct config *config, char *const *paths, size_t n, int64_t now,
		void (*fn)(void *context, struct spare *spare), void *context,
		struct learn_counts *counts, char error[static LEARN_TEXT]);

/*
 * Log `path` and what was rotated from it, written to since `since`; the newest ones that have LEARN_BYTES together. Returns an
 * array of *n names, each and itself to be freed, or NULL.
 */
#define LEARN_BYTES (UINT64_C(1) << 30)
char **learn_rotated(const char *path, int64_t since, size_t *n);

#endif
