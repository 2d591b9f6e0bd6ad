/* SPDX-License-Identifier: MIT */
/*
 * path_watch: inotify on a path and on open files.
 *
 * Watches every directory that the lookup of the path goes through, symbolic links included, for the one name that is looked up in
 * it. So it reports when the file, a link to it, or a directory on the way is created, removed or replaced. A directory that
 * cannot be watched (no permission, no inotify on its filesystem) is left out silently: the caller must also poll.
 */
#ifndef RELAYDAM_SOURCE_PATH_WATCH_H
#define RELAYDAM_SOURCE_PATH_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct path_watch;

/*
 * Copies path. Returns 0 or -ENOMEM. Where inotify is unavailable (fs.inotify.max_user_instances) there is no descriptor, and
 * path_watch_add() returns the error.
 */
int path_watch_new(struct path_watch **out, const char *path);
void path_watch_free(struct path_watch *watch);

/* Returns the descriptor to poll for reading, which remains the object's; < 0: none. */
int path_watch_fd(const struct path_watch *watch);

/* Sets the watches for the path as it is now. Call it first, and whenever the path may lead elsewhere. Reports every change made since this
 * call began. */
void path_watch_update(struct path_watch *watch);

/*
 * Watches the file of a descriptor, whatever its name. Returns its number for file() below, or
 * -errno.
 */
int path_watch_add(struct path_watch *watch, int fd);
void path_watch_remove(struct path_watch *watch, int number);

/*
 * Handles pending events without blocking. Calls file() for the files that were added, in order, with IN_MODIFY, IN_ATTRIB,
 * IN_MOVE_SELF, IN_CLOSE_WRITE and the like. Returns whether the path may lead elsewhere now.
 */
bool path_watch_read(struct path_watch *watch,
		     void (*file)(void *context, int number, uint32_t mask), void *context);

#endif
