/* SPDX-License-Identifier: MIT */
/* progress: a progress bar on standard error; nothing if that is not a terminal. */
#ifndef RELAYDAM_CMD_PROGRESS_H
#define RELAYDAM_CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on;		/* standard error is a terminal */
	uint64_t total;		/* bytes to read; 0: unknown */
	int64_t started, drawn; /* microseconds of CLOCK_MONOTONIC; drawn 0: never */
};

void progress_start(struct progress *progress, uint64_t total);

/*
 * Call often with the bytes read so far. Draws at most ten times a second, and not in the first
 * half second.
 */
void progress_tick(struct progress *progress, uint64_t done);

/* Erases the bar; call before anything else is written to the terminal. */
void progress_clear(const struct progress *progress);

#endif
