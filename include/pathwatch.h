/* SPDX-License-Identifier: MIT */
/*
 * pathwatch: inotify on a path and on open files.
 *
 * Watches every directory that the look-up of the path goes through, symbolic links included, for the one name that is looked up in it:
 * so it tells when the file, a link to it, or a directory on the way to it comes, goes or is replaced. Where a directory cannot be watched
 * (no right to read it, no inotify there) it stays silent: who uses it also looks from time to time.
 */
#ifndef RELAYDAM_PATHWATCH_H
#define RELAYDAM_PATHWATCH_H

#include <stdbool.h>
#include <stdint.h>

struct pathwatch;

/* Keeps a copy of path. Returns 0 or -ENOMEM. Without inotify (fs.inotify.max_user_instances) there is no fd, and pathwatch_add() says why. */
int pathwatch_new(struct pathwatch **out, const char *path);
void pathwatch_free(struct pathwatch *watch);

/* To be polled for reading; stays the object's. < 0: none. */
int pathwatch_fd(const struct pathwatch *watch);

/* Sets the watches anew: to be called at first and whenever the path may lead elsewhere. What changes after it has
 * begun is told. */
void pathwatch_walk(struct pathwatch *watch);

/* Watches the file behind a descriptor, whatever its name. Returns its number for `file` below, or -errno. */
int pathwatch_add(struct pathwatch *watch, int fd);
void pathwatch_remove(struct pathwatch *watch, int number);

/*
 * Takes up all that has happened without waiting. file() is called for the files added, with IN_MODIFY, IN_ATTRIB,
 * IN_MOVE_SELF, IN_CLOSE_WRITE and the like, in order. Returns whether the path may lead elsewhere now.
 */
bool pathwatch_read(struct pathwatch *watch, void (*file)(void *context, int number, uint32_t mask),
		    void *context);

#endif
