/* SPDX-License-Identifier: MIT */
/* rundir: where the daemon's own files are: as configured, as systemd says, or as ever. */
#ifndef RELAYDAM_RUNDIR_H
#define RELAYDAM_RUNDIR_H

/*
 * "DIR/name". DIR is `configured` where it is not NULL, else the first one in the environment's `variable`, which systemd
 * sets, else `fallback`. free() it; NULL: out of memory.
 */
char *rundir_path(const char *configured, const char *variable, const char *fallback,
		  const char *name);

#endif
