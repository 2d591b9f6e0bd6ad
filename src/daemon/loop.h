/* SPDX-License-Identifier: MIT */
/* loop: the event loop, with a record of its longest pauses: while one event is handled nothing else is. */
#ifndef RELAYDAM_DAEMON_LOOP_H
#define RELAYDAM_DAEMON_LOOP_H

#include <stdint.h>

struct daemon;
struct loop;

/* Microseconds: the longest event by the clock and by its CPU time; and how many were over LOOP_LONG_PAUSE by the clock. */
struct loop_pauses {
	int64_t wall, cpu;
	uint64_t long_ones;
};

enum { LOOP_LONG_PAUSE = 10000 };

/*
 * Makes daemon->event, which SIGTERM and SIGINT end, and daemon->loop (free with loop_free()). These two and SIGHUP are blocked.
 * Returns 0 or -errno.
 */
int loop_start(struct daemon *daemon);
void loop_free(struct loop *loop);

/* Runs as sd_event_loop() does: until an end is asked for. Returns its exit code, or -errno. */
int loop_run(struct daemon *daemon);

struct loop_pauses loop_pauses(const struct loop *loop);

#endif
