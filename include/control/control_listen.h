/* SPDX-License-Identifier: MIT */
/* control_listen: the place where the daemon listens, and that there is one daemon only. */
#ifndef RELAYDAM_CONTROL_CONTROL_LISTEN_H
#define RELAYDAM_CONTROL_CONTROL_LISTEN_H

#define CONTROL_GROUP "relaydam"

/* As sd_event and syslog have it: priority is LOG_ERR, LOG_WARNING and so on. */
typedef void (*control_note)(void *context, int priority, const char *text);

/*
 * Listens at path, mode 0660 and the group relaydam; 0600 where there is no such group or it may not be given.
 * path.lock is held as long as *lock is open, so that two daemons that start together do not take
 * each other's socket; what a dead one left is replaced. Makes the directory (not its parents).
 * Returns 0 and sets both descriptors, or -EADDRINUSE when a daemon lives there, -ENAMETOOLONG
 * (107 bytes at most), -EEXIST when path is no socket, or what the system said. An error is told to note.
 */
int control_listen(const char *path, int *fd, int *lock, control_note note, void *context);

#endif
