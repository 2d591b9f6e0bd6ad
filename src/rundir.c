/* SPDX-License-Identifier: MIT */
#include "rundir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *rundir_path(const char *configured, const char *variable, const char *fallback,
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
