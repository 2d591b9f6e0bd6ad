/* SPDX-License-Identifier: MIT */
/* control_listen: creates the listening socket of the daemon, and ensures that only one daemon uses it. */
#ifndef RELAYDAM_CONTROL_CONTROL_LISTEN_H
#define RELAYDAM_CONTROL_CONTROL_LISTEN_H

#define CONTROL_GROUP "relaydam"

/* Gets messages. priority: LOG_* of syslog.h. */
typedef void (*control_note)(void *context, int priority, const char *text);

/*
 * Listens at path, with mode 0660 and the group relaydam; with mode 0600 if the group does not exist or the socket
 * cannot be given to it. Holds a lock on path.lock as long as *lock is open, so that two daemons that start at once do
 * not replace each other's socket; a stale socket is replaced. Creates the directory, but not its parents.
 * Returns 0 and sets both descriptors (the caller closes them); -EADDRINUSE when a daemon is running; -ENAMETOOLONG when
 * path has more than 107 bytes; -EEXIST when path is not a socket; or -errno. Errors are also reported to note().
 */
int control_listen(const char *path, int *fd, int *lock, control_note note, void *context);

#endif
