/* SPDX-License-Identifier: MIT */
/* run_dir: paths of state and runtime files: from the configuration, else from systemd's environment, else the built-in default. */
#ifndef RELAYDAM_UTIL_RUN_DIR_H
#define RELAYDAM_UTIL_RUN_DIR_H

/*
 * Returns "DIR/name". DIR is `configured` if it is not NULL, else the first directory in the
 * environment variable `variable`, which systemd sets, else `fallback`. The caller frees it; NULL
 * when out of memory.
 */
char *run_dir_path(const char *configured, const char *variable, const char *fallback,
		   const char *name);

/*
 * Creates a file of mode 0600. If root creates it, the owner is that of the directory, so that the
 * daemon can write it afterwards. Returns a descriptor opened with `flags`, or -1 with errno:
 * EEXIST if the file exists.
 */
int run_dir_make(const char *path, int flags);

/* Opens a lock file for reading and writing; creates it in the same way if it is missing. */
int run_dir_open_lock(const char *path);

#endif
