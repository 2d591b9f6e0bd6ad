/* SPDX-License-Identifier: MIT */
/*
 * load: how many of a server's sessions are in use, once a second, for jails that act only while it is busy.
 * Asks nothing where no jail wants it.
 */
#ifndef RELAYDAM_DAEMON_LOAD_H
#define RELAYDAM_DAEMON_LOAD_H

#include <stdint.h>

struct daemon;

enum { LOAD_LIMIT = 100 }; /* Postfix's own default_process_limit */

struct load {
	int64_t next; /* wall time of the next count */
	int failed;   /* of the last one: -errno */
	uint32_t postfix_limit;
};

/* Counts when it is time, and tells the engine. Returns when to be called next; INT64_MAX: no jail asks. */
int64_t load_run(struct load *pressure, struct daemon *daemon, int64_t now);

/* default_process_limit in Postfix's main.cf at `path`; LOAD_LIMIT where it does not say. */
uint32_t load_limit(const char *path);

/* How full, per cent, rounded down, at most 1000. */
int load_percent(uint32_t sessions, uint32_t limit);

#endif
