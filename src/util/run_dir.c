/* SPDX-License-Identifier: MIT */
#include "util/run_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *run_dir_path(const char *configured, const char *variable, const char *fallback,
		   const char *name)
{
	const char *dir = configured ? configured : getenv(variable);
	char *path;
	int n;

	if (!dir || !*dir)
		dir = fallback;
	/* systemd separates several directories by colons */
	n = (int)(configured ? strlen(dir) : strcspn(dir, ":"));
	return asprintf(&path, "%.*s/%s", n, dir, name) < 0 ? NULL : path;
}

/* The owner of the directory that it is in, 0 where there is none but root. */
static uid_t owner_of_place(const char *path, gid_t *group)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	struct stat st = { 0 };

	if (!dir || stat(dir, &st) < 0)
		st.st_uid = 0;
	*group = st.st_gid;
	free(dir);
	return st.st_uid;
}

/* Never a file that was there: in a directory of somebody else's it may be a link to what is not his. */
int run_dir_make(const char *path, int flags)
{
	int fd = open(path, flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	uid_t owner;
	gid_t group;

	if (fd < 0 || geteuid() != 0)
		return fd;
	owner = owner_of_place(path, &group);
	/* where root may not give, the owner will be told when he cannot write it */
	if (owner != 0 && fchown(fd, owner, group) < 0)
		return fd;
	return fd;
}

int run_dir_open_lock(const char *path)
{
	int fd = run_dir_make(path, O_RDWR);

	return fd < 0 && errno == EEXIST ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : fd;
}
