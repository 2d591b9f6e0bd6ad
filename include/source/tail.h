/* SPDX-License-Identifier: MIT */
/*
 * tail: follows a log file by name, as tail -F does, on sd-event and inotify. Delivers whole lines, each once, in order.
 *
 * - Rotation by rename or deletion: the old file is read to its end first. The new one is read once the old one's writer has closed
 *   it, or it has been quiet for a second; after ten seconds in any case. Lines that are written to the old file within the
 *   next minute are delivered as they come, and counted as late. Files that had the name between two polls are found beside
 *   it.
 * - copytruncate: if the copy (mail.log.1) holds more than was read, the rest of it is read first. What is written between the
 *   copy and the truncation is in neither file.
 * - A new file that begins with everything that was read of the old one (saved by an editor) is continued, not read again.
 * - A partial line at the end of a file is continued by the next file. Without a next file it is held until its newline, or up
 *   to the bound of line_buffer.
 * - The path is polled once a second. Without inotify (a network filesystem, no watches left, an unreadable directory) that
 *   is all.
 * - At low rates a line is delivered at once. Above 4,000 wakeups a second lines are gathered for a millisecond at a time, until
 *   half of ten such milliseconds bring nothing.
 */
#ifndef RELAYDAM_SOURCE_TAIL_H
#define RELAYDAM_SOURCE_TAIL_H

#include <systemd/sd-event.h>

#include "source/tail_events.h"

struct tail;

/*
 * Follows path, which need not exist yet.
 *
 * from: where to start; it may be in a rotated file, which is then read first, with all later ones. If the place cannot be found,
 * that is noted and counted as lost, and the present file is read from its start. All 0: from the start. NULL: from the
 * present end of the file; a file that appears later is read from its start.
 *
 * The event loop and what events->context points to must outlive the tail; path, from and events are copied. Returns 0 and sets *out
 * (free with tail_free()), or -errno. A file that cannot be read is no error here: it is noted, see tail_error().
 */
int tail_new(struct tail **out, sd_event *event, const char *path, const struct tail_place *from,
	     const struct tail_events *events);
void tail_free(struct tail *tail);

/*
 * Returns the place up to which all lines were delivered, with its hash; pass it to the next tail_new(). All 0 if there was no
 * file yet. Of a file that is followed under another name: its place there, at the last poll.
 */
struct tail_place tail_place(const struct tail *tail);

/* Is the file with this device and inode open here? If so, sets the rest of *file to the place in it. */
bool tail_reads(const struct tail *tail, struct tail_place *file);

/* Checks now which file has the name. */
void tail_poll(struct tail *tail);

/* Does the file of the place still exist, under its name, rotated, or as a copy? Compressed files do not count. */
bool tail_has(const char *path, const struct tail_place *place);

/*
 * Returns 0, or -errno of the last attempt to open the file: -ENOENT while it is missing, -EEXIST while it is followed under
 * another name, -EINVAL if it is not a regular file.
 */
int tail_error(const struct tail *tail);

/* Returns the bytes that were written and not yet read. */
uint64_t tail_lag(const struct tail *tail);

struct tail_counts tail_counts(const struct tail *tail);

#endif
