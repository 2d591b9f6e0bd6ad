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
	/* systemd separates directories by colons */
	n = (int)(configured ? strlen(dir) : strcspn(dir, ":"));
	return asprintf(&path, "%.*s/%s", n, dir, name) < 0 ? NULL : path;
}

/* Returns the owner of the directory that contains path; 0 if unknown. Sets *group, too. */
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

/*
 * Never opens an existing file: the directory may belong to another user, who could have placed a
 * link to a file that is not his.
 */
int run_dir_make(const char *path, int flags)
{
	int fd = open(path, flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	uid_t owner;
	gid_t group;

	if (fd < 0 || geteuid() != 0)
		return fd;
	owner = owner_of_place(path, &group);
	/* if fchown() fails, the owner gets an error when he opens the file */
	if (owner != 0 && fchown(fd, owner, group) < 0)
		return fd;
	return fd;
}

int run_dir_open_lock(const char *path)
{
	int fd = run_dir_make(path, O_RDWR);

	return fd < 0 && errno == EEXIST ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : fd;
}
