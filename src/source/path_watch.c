/* SPDX-License-Identifier: MIT */
#include "path_watch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
	COMPONENTS = 64, /* lookups on the way; further ones are not watched */
	LINKS = 40,	 /* the kernel's limit */
};

#define DIRECTORY_EVENTS                                                                           \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |     \
	 IN_ONLYDIR)
#define FILE_EVENTS (IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_CLOSE_WRITE)

struct component {
	int number;
	char name[NAME_MAX + 1];
};

struct path_watch {
	int fd;
	char *path;
	size_t n;
	int error; /* -errno of inotify_init1() */
	struct component components[COMPONENTS];
};

int path_watch_new(struct path_watch **out, const char *path)
{
	struct path_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	watch->error = watch->fd < 0 ? -errno : 0;
	watch->path = strdup(path);
	if (!watch->path) {
		path_watch_free(watch);
		return -ENOMEM;
	}
	*out = watch;
	return 0;
}

void path_watch_free(struct path_watch *watch)
{
	if (!watch)
		return;
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch->path);
	free(watch);
}

int path_watch_fd(const struct path_watch *watch)
{
	return watch->fd;
}

int path_watch_add(struct path_watch *watch, int fd)
{
	char name[sizeof("/proc/self/fd/") + 11];
	int number;

	if (watch->fd < 0)
		return watch->error;
	/* By descriptor: the name may be another file's by now. */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	number = inotify_add_watch(watch->fd, name, FILE_EVENTS);
	return number < 0 ? -errno : number;
}

void path_watch_remove(struct path_watch *watch, int number)
{
	if (number >= 0)
		inotify_rm_watch(watch->fd, number);
}

static void add_component(struct path_watch *watch, const char *directory, const char *name)
{
	struct component *component;
	int number;

	if (watch->n == COMPONENTS || strlen(name) > NAME_MAX)
		return;
	number = inotify_add_watch(watch->fd, directory, DIRECTORY_EVENTS);
	if (number < 0)
		return;
	component = &watch->components[watch->n++];
	component->number = number;
	strcpy(component->name, name);
}

/* Cuts the first component off `rest`; false at its end. */
static bool next_name(char *rest, char *name)
{
	char *from = rest + strspn(rest, "/");
	size_t n = strcspn(from, "/");

	if (n == 0 || n > NAME_MAX)
		return false;
	memcpy(name, from, n);
	name[n] = '\0';
	memmove(rest, from + n, strlen(from + n) + 1);
	return true;
}

/* Puts the target of a link in front of `rest`. */
static bool take_link(char *at, char *rest, const char *target)
{
	char joined[PATH_MAX];

	if (snprintf(joined, sizeof(joined), "%s/%s", target, rest) >= (int)sizeof(joined))
		return false;
	strcpy(rest, joined);
	if (target[0] == '/')
		strcpy(at, "/");
	return true;
}

static void watch_components(struct path_watch *watch, char *rest)
{
	char at[PATH_MAX] = ".", next[PATH_MAX], target[PATH_MAX], name[NAME_MAX + 1];
	int links = 0;

	if (rest[0] == '/')
		strcpy(at, "/");
	while (next_name(rest, name)) {
		ssize_t n;

		add_component(watch, at,
			      name); /* watch first, so that no change after the lookup is missed */
		if (snprintf(next, sizeof(next), "%s/%s", at, name) >= (int)sizeof(next))
			return;
		n = readlink(next, target, sizeof(target) - 1);
		if (n < 0 && errno != EINVAL)
			return; /* missing: the path is watched up to here */
		if (n < 0) {
			strcpy(at, next);
			continue;
		}
		target[n] = '\0';
		if (++links > LINKS || !take_link(at, rest, target))
			return;
	}
}

static bool has_component(const struct component *components, size_t n, int number)
{
	for (size_t i = 0; i < n; i++)
		if (components[i].number == number)
			return true;
	return false;
}

void path_watch_update(struct path_watch *watch)
{
	char rest[PATH_MAX];
	int old[COMPONENTS];
	size_t n = watch->n;

	for (size_t i = 0; i < n; i++)
		old[i] = watch->components[i].number;
	watch->n = 0;
	if (snprintf(rest, sizeof(rest), "%s", watch->path) < (int)sizeof(rest))
		watch_components(watch, rest);
	/* A number may occur twice, or have been removed by the kernel: then the removal fails with EINVAL, which is harmless. */
	for (size_t i = 0; i < n; i++)
		if (!has_component(watch->components, watch->n, old[i]))
			inotify_rm_watch(watch->fd, old[i]);
}

/* Is the event about a name that was looked up on the way, or about one of the directories? */
static bool on_the_way(const struct path_watch *watch, const struct inotify_event *event)
{
	for (size_t i = 0; i < watch->n; i++)
		if (watch->components[i].number == event->wd &&
		    (event->len == 0 || strcmp(event->name, watch->components[i].name) == 0))
			return true;
	return false;
}

bool path_watch_read(struct path_watch *watch,
		     void (*file)(void *context, int number, uint32_t mask), void *context)
{
	_Alignas(struct inotify_event) char block[8192];
	bool elsewhere = false;
	ssize_t n;

	do {
		n = read(watch->fd, block, sizeof(block));
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *event = (const void *)(block + at);

			at += (ssize_t)(sizeof(*event) + event->len);
			if (event->mask & IN_Q_OVERFLOW)
				elsewhere = true; /* anything may have happened */
			else if (has_component(watch->components, watch->n, event->wd))
				elsewhere = on_the_way(watch, event) || elsewhere;
			else
				file(context, event->wd, event->mask);
		}
	} while (n > (ssize_t)(sizeof(block) - sizeof(struct inotify_event) - NAME_MAX - 1));
	return elsewhere;
}
