/* SPDX-License-Identifier: MIT */
/* run_dir: paths of state and runtime files: from the configuration, else from systemd's environment, else the built-in default. */
#ifndef RELAYDAM_UTIL_RUN_DIR_H
#define RELAYDAM_UTIL_RUN_DIR_H

/*
 * "DIR/name". DIR is `configured` where it is not NULL, else the first one in the environment's `variable`, which systemd
 * sets, else `fallback`. free() it; NULL: out of memory.
 */
char *run_dir_path(const char *configured, const char *variable, const char *fallback,
		   const char *name);

/*
 * Makes a file of mode 0600. What root makes belongs to the directory's owner, whose daemon must be able to write it
 * afterwards. Returns it open with `flags`, or -1 with errno: EEXIST where there is one, whosever it is.
 */
int run_dir_make(const char *path, int flags);

/* The same for a lock, to read and write; or the one that is there. */
int run_dir_open_lock(const char *path);

#endif
