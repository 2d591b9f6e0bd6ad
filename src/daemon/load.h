/* SPDX-License-Identifier: MIT */
/*
 * load: counts a server's sessions once a second, for jails that act only while it is busy (when = "busy"). Without such a
 * jail nothing is counted.
 */
#ifndef RELAYDAM_DAEMON_LOAD_H
#define RELAYDAM_DAEMON_LOAD_H

#include <stdint.h>

struct daemon;

enum { LOAD_LIMIT = 100 }; /* Postfix's own default_process_limit */

struct load;

/* Returns 0 and sets *out (free with load_free()), or -ENOMEM. */
int load_new(struct load **out);
void load_free(struct load *load);

/* Counts when it is due and passes the result to the engine. Returns when it wants to be called next; INT64_MAX: no jail asks. */
int64_t load_run(struct daemon *daemon, int64_t now);

/* default_process_limit in Postfix's main.cf at `path`; LOAD_LIMIT where it is not set. */
uint32_t load_limit(const char *path);

/* The share of sessions in use, per cent, rounded down, at most 1000. */
int load_percent(uint32_t sessions, uint32_t limit);

#endif
