/* SPDX-License-Identifier: MIT */
/* sources: the daemon's sources, those that the configuration names, or --log, or what is found where it says "auto". */
#ifndef RELAYDAM_DAEMON_SOURCES_H
#define RELAYDAM_DAEMON_SOURCES_H

struct daemon;

/* Starts them all. Returns 0 or -errno, -ENOENT when there is nothing to read; said in the log. */
int sources_start(struct daemon *daemon);

/*
 * After a change of the configuration: new sources are begun, those that are no longer named ended, all others go on
 * where they are. What cannot be begun is said in the log and left out. Not to be called from within a feed's turn.
 */
void sources_renew(struct daemon *daemon);

void sources_end(struct daemon *daemon);

#endif
