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

struct endpoint {
	const char *path;
	struct sockaddr_un name;
	control_note note;
	void *context;
};

__attribute__((format(printf, 3, 4))) static void notify(const struct endpoint *endpoint,
							 int priority, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	endpoint->note(endpoint->context, priority, text);
}

static int failed(const struct endpoint *endpoint, const char *what)
{
	int r = -errno;

	notify(endpoint, LOG_ERR, "%s: %s: %s", endpoint->path, what, strerror(-r));
	return r;
}

static void make_directory(const struct endpoint *endpoint)
{
	char *dir = strdup(endpoint->path);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (slash && slash != dir) {
		*slash = '\0';
		mkdir(dir, 0755); /* an error shows when the lock is created */
	}
	free(dir);
}

static int in_use(const struct endpoint *endpoint, pid_t pid)
{
	char pid_text[32] = "";

	if (pid > 0)
		snprintf(pid_text, sizeof(pid_text), " (pid %d)", (int)pid);
	notify(endpoint, LOG_ERR,
	       "%s: relaydam is running already%s. Stop it first, or set another runtime_dir",
	       endpoint->path, pid_text);
	return -EADDRINUSE;
}

/* The pid that listens at the path; 0: none; -1: unknown. */
static pid_t listener_pid(const struct endpoint *endpoint)
{
	struct ucred peer = { .pid = 0 };
	socklen_t n = sizeof(peer);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return 0;
	/* EAGAIN: it is alive, but its backlog is full */
	if (connect(fd, (const struct sockaddr *)&endpoint->name, sizeof(endpoint->name)) == 0)
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n);
	else if (errno == EAGAIN)
		peer.pid = -1;
	close(fd);
	return peer.pid;
}

static int take_lock(const struct endpoint *endpoint, int *out)
{
	char path[sizeof(endpoint->name.sun_path) + 8];
	int fd;

	snprintf(path, sizeof(path), "%s.lock", endpoint->path);
	fd = run_dir_open_lock(path);
	if (fd < 0)
		return failed(endpoint, "cannot lock its .lock file");
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int r = errno == EWOULDBLOCK ? in_use(endpoint, listener_pid(endpoint))
					     : failed(endpoint, "cannot lock its .lock file");

		close(fd);
		return r;
	}
	*out = fd;
	return 0;
}

static int clear_stale(const struct endpoint *endpoint)
{
	struct stat is;
	pid_t pid;

	if (lstat(endpoint->path, &is) < 0)
		return errno == ENOENT ? 0 : failed(endpoint, "cannot stat");
	if (!S_ISSOCK(is.st_mode)) {
		notify(endpoint, LOG_ERR, "%s: is not a socket. Move it away", endpoint->path);
		return -EEXIST;
	}
	pid = listener_pid(endpoint); /* the lock may have been deleted while a daemon is running */
	if (pid != 0)
		return in_use(endpoint, pid);
	if (unlink(endpoint->path) < 0 && errno != ENOENT)
		return failed(endpoint, "cannot remove the old socket");
	return 0;
}

/* Gives the socket to the group if that exists; else only the owner has access. */
static int open_to_group(const struct endpoint *endpoint)
{
	const struct group *group = getgrnam(CONTROL_GROUP);
	struct stat st;

	if (!group)
		return 0;
	/* under systemd the unit's Group= has set it already, and its system call filter blocks chown() */
	if (lstat(endpoint->path, &st) < 0)
		return failed(endpoint, "cannot stat");
	if (st.st_gid != group->gr_gid && chown(endpoint->path, (uid_t)-1, group->gr_gid) < 0) {
		notify(endpoint, LOG_WARNING, "%s: cannot set the group " CONTROL_GROUP ": %s",
		       endpoint->path, strerror(errno));
		return 0;
	}
	if (chmod(endpoint->path, 0660) < 0)
		return failed(endpoint, "cannot give access to the group " CONTROL_GROUP);
	return 0;
}

static int listen_at(const struct endpoint *endpoint, int *out)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = 0;

	if (fd < 0)
		return failed(endpoint, "cannot create a socket");
	/* Linux gives the file the mode of the socket, so others can never connect */
	if (fchmod(fd, 0600) < 0 ||
	    bind(fd, (const struct sockaddr *)&endpoint->name, sizeof(endpoint->name)) < 0)
		r = failed(endpoint, "cannot bind");
	if (r == 0)
		r = open_to_group(endpoint);
	if (r == 0 && listen(fd, BACKLOG) < 0)
		r = failed(endpoint, "cannot listen");
	if (r < 0)
		close(fd);
	else
		*out = fd;
	return r;
}

int control_listen(const char *path, int *fd, int *lock, control_note note, void *context)
{
	struct endpoint endpoint = { path, { .sun_family = AF_UNIX }, note, context };
	int r, lock_fd = -1;

	if (strlen(path) >= sizeof(endpoint.name.sun_path)) {
		notify(&endpoint, LOG_ERR,
		       "%.100s...: too long for a socket path. Shorten runtime_dir", path);
		return -ENAMETOOLONG;
	}
	memcpy(endpoint.name.sun_path, path, strlen(path));
	make_directory(&endpoint);
	r = take_lock(&endpoint, &lock_fd);
	if (r < 0)
		return r;
	r = clear_stale(&endpoint);
	if (r == 0)
		r = listen_at(&endpoint, fd);
	if (r < 0)
		close(lock_fd);
	else
		*lock = lock_fd;
	return r;
}
