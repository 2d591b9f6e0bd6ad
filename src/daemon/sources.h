/* SPDX-License-Identifier: MIT */
/* sources: the logs that the daemon reads: of --log, of the configuration, or found by itself for sources = "auto". */
#ifndef RELAYDAM_DAEMON_SOURCES_H
#define RELAYDAM_DAEMON_SOURCES_H

struct daemon;

/* Starts all of them. Returns 0 or -errno, which is logged; -ENOENT when there is no log to read. */
int sources_start(struct daemon *daemon);

/*
 * After a reload: starts new sources, ends those that are no longer configured; the others go on where they are. A source
 * that cannot be started is logged and left out. Must not be called from a feed's event.
 */
void sources_renew(struct daemon *daemon);

void sources_end(struct daemon *daemon);

#endif
