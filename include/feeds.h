/* SPDX-License-Identifier: MIT */
/* feeds: the daemon's sources, those that the configuration names, or --log, or what is found where it says "auto". */
#ifndef RELAYDAM_FEEDS_H
#define RELAYDAM_FEEDS_H

#include "daemon.h"

/* Starts them all. Returns 0 or -errno, -ENOENT when there is nothing to read; said in the log. */
int feeds_start(struct daemon *daemon);

/*
 * After a change of the configuration: new sources are begun, those that are no longer named ended, all others go on
 * where they are. What cannot be begun is said in the log and left out. Not to be called from within a feed's turn.
 */
void feeds_renew(struct daemon *daemon);

void feeds_end(struct daemon *daemon);

/*
 * The name by which another feed than this one reads the file of this device and inode, or is about to; NULL: none does.
 * Sets the rest of *file to the place up to which it has.
 */
const char *feeds_reader(const struct feed *feed, struct tail_place *file);

#endif
