/* SPDX-License-Identifier: MIT */
#include "control/control_listen.h"

#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "util/run_dir.h"

enum { BACKLOG = 32 };

struct journal_turn {
	const char *path;
	struct sockaddr_un name;
	control_note note;
	void *context;
};

__attribute__((format(printf, 3, 4))) static void tell(const struct journal_turn *place,
						       int priority, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	place->note(place->context, priority, text);
}

static int failed(const struct journal_turn *place, const char *what)
{
	int r = -errno;

	tell(place, LOG_ERR, "%s: %s: %s", place->path, what, strerror(-r));
	return r;
}

static void make_directory(const struct journal_turn *place)
{
	char *dir = strdup(place->path);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (slash && slash != dir) {
		*slash = '\0';
		mkdir(dir, 0755); /* what is wrong with it shows when the lock is made */
	}
	free(dir);
}

static int in_use(const struct journal_turn *place, pid_t pid)
{
	char who[32] = "";

	if (pid > 0)
		snprintf(who, sizeof(who), " (pid %d)", (int)pid);
	tell(place, LOG_ERR,
	     "%s: a relaydam is running already%s: stop it first, or set another runtime_dir",
	     place->path, who);
	return -EADDRINUSE;
}

/* Who listens at path: pid, 0 for nobody. */
static pid_t listener(const struct journal_turn *place)
{
	struct ucred peer = { .pid = 0 };
	socklen_t n = sizeof(peer);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return 0;
	/* EAGAIN: alive, its queue is full */
	if (connect(fd, (const struct sockaddr *)&place->name, sizeof(place->name)) == 0)
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n);
	else if (errno == EAGAIN)
		peer.pid = -1;
	close(fd);
	return peer.pid;
}

static int take_lock(const struct journal_turn *place, int *out)
{
	char path[sizeof(place->name.sun_path) + 8];
	int fd;

	snprintf(path, sizeof(path), "%s.lock", place->path);
	fd = run_dir_open_lock(path);
	if (fd < 0)
		return failed(place, "the lock beside it");
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int r = errno == EWOULDBLOCK ? in_use(place, listener(place))
					     : failed(place, "the lock beside it");

		close(fd);
		return r;
	}
	*out = fd;
	return 0;
}

static int clear_stale(const struct journal_turn *place)
{
	struct stat is;
	pid_t pid;

	if (lstat(place->path, &is) < 0)
		return errno == ENOENT ? 0 : failed(place, "cannot be looked at");
	if (!S_ISSOCK(is.st_mode)) {
		tell(place, LOG_ERR, "%s: is no socket: move it away", place->path);
		return -EEXIST;
	}
	pid = listener(place); /* the lock may have been removed under a daemon that lives */
	if (pid != 0)
		return in_use(place, pid);
	if (unlink(place->path) < 0 && errno != ENOENT)
		return failed(place, "cannot be removed");
	return 0;
}

/* To the group, if there is one to give it to; else it stays with its owner. */
static int open_to_group(const struct journal_turn *place)
{
	const struct group *group = getgrnam(CONTROL_GROUP);
	struct stat st;

	if (!group)
		return 0;
	/* the unit's Group= has done it, and its filter knows no chown() */
	if (lstat(place->path, &st) < 0)
		return failed(place, "cannot be looked at");
	if (st.st_gid != group->gr_gid && chown(place->path, (uid_t)-1, group->gr_gid) < 0) {
		tell(place, LOG_WARNING, "%s: cannot be given to the group " CONTROL_GROUP ": %s",
		     place->path, strerror(errno));
		return 0;
	}
	if (chmod(place->path, 0660) < 0)
		return failed(place, "cannot be opened to the group " CONTROL_GROUP);
	return 0;
}

static int listen_at(const struct journal_turn *place, int *out)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = 0;

	if (fd < 0)
		return failed(place, "no socket to be had");
	/* Linux gives the file the socket's mode: there is no moment in which others may connect */
	if (fchmod(fd, 0600) < 0 ||
	    bind(fd, (const struct sockaddr *)&place->name, sizeof(place->name)) < 0)
		r = failed(place, "cannot be made");
	if (r == 0)
		r = open_to_group(place);
	if (r == 0 && listen(fd, BACKLOG) < 0)
		r = failed(place, "cannot be listened at");
	if (r < 0)
		close(fd);
	else
		*out = fd;
	return r;
}

int control_listen(const char *path, int *fd, int *lock, control_note note, void *context)
{
	struct journal_turn place = { path, { .sun_family = AF_UNIX }, note, context };
	int r, held = -1;

	if (strlen(path) >= sizeof(place.name.sun_path)) {
		tell(&place, LOG_ERR, "%.100s...: too long for a socket: shorten runtime_dir",
		     path);
		return -ENAMETOOLONG;
	}
	memcpy(place.name.sun_path, path, strlen(path));
	make_directory(&place);
	r = take_lock(&place, &held);
	if (r < 0)
		return r;
	r = clear_stale(&place);
	if (r == 0)
		r = listen_at(&place, fd);
	if (r < 0)
		close(held);
	else
		*lock = held;
	return r;
}
