/* SPDX-License-Identifier: MIT */
/* tick: what the daemon does after a batch of log lines, after a command, and when time has passed. */
#ifndef RELAYDAM_DAEMON_TICK_H
#define RELAYDAM_DAEMON_TICK_H

struct daemon;
struct tick;

/* Adds its timer to daemon->event. Returns 0 and sets daemon->tick (free with tick_free()), or -errno. */
int tick_start(struct daemon *daemon);
void tick_free(struct tick *tick);

/* Ends bans that are over, writes what waits to the kernel, cuts, log and ledger, and re-arms the timer. */
void tick(struct daemon *daemon);

/* Log lines a second, in the ten seconds before the last report to systemd. */
double tick_lines_per_second(const struct tick *tick);

#endif
