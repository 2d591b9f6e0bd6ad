/* SPDX-License-Identifier: MIT */
/*
 * path_watch: inotify on a path and on open files.
 *
 * Watches every directory that the look-up of the path goes through, symbolic links included, for the one name that is looked up in it:
 * so it tells when the file, a link to it, or a directory on the way to it comes, goes or is replaced. Where a directory cannot be watched
 * (no right to read it, no inotify there) it stays silent: who uses it also looks from time to time.
 */
#ifndef RELAYDAM_SOURCE_PATH_WATCH_H
#define RELAYDAM_SOURCE_PATH_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct path_watch;

/* Keeps a copy of path. Returns 0 or -ENOMEM. Without inotify (fs.inotify.max_user_instances) there is no fd, and path_watch_add() says why. */
int path_watch_new(struct path_watch **out, const char *path);
void path_watch_free(struct path_watch *watch);

/* To be polled for reading; stays the object's. < 0: none. */
int path_watch_fd(const struct path_watch *watch);

/* Sets the watches anew: to be called at first and whenever the path may lead elsewhere. What changes after it has
 * begun is told. */
void path_watch_walk(struct path_watch *watch);

/* Watches the file behind a descriptor, whatever its name. Returns its number for `file` below, or -errno. */
int path_watch_add(struct path_watch *watch, int fd);
void path_watch_remove(struct path_watch *watch, int number);

/*
 * Takes up all that has happened without waiting. file() is called for the files added, with IN_MODIFY, IN_ATTRIB,
 * IN_MOVE_SELF, IN_CLOSE_WRITE and the like, in order. Returns whether the path may lead elsewhere now.
 */
bool path_watch_read(struct path_watch *watch,
		     void (*file)(void *context, int number, uint32_t mask), void *context);

#endif
