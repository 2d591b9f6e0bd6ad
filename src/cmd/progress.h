/* SPDX-License-Identifier: MIT */
/* progress: a bar on stderr, where that is a terminal. */
#ifndef RELAYDAM_CMD_PROGRESS_H
#define RELAYDAM_CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on;
	uint64_t total;		/* bytes; 0: not known */
	int64_t started, shown; /* by CLOCK_MONOTONIC */
};

void progress_start(struct progress *progress, uint64_t total);

/* `done` bytes are read. Draws at most ten times a second, and not in the first half second. */
void progress_tick(struct progress *progress, uint64_t done);

/* Takes the bar away, before something else is written to the terminal. */
void progress_clear(const struct progress *progress);

#endif
