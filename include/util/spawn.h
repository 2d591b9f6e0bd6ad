/* SPDX-License-Identifier: MIT */
/*
 * spawn: runs a program, without a shell and with a fixed environment, and waits until it ends. Not
 * for use in the daemon.
 */
#ifndef RELAYDAM_UTIL_SPAWN_H
#define RELAYDAM_UTIL_SPAWN_H

enum { SPAWN_NOT_THERE = 127 };

struct spawn_result {
	int code;     /* exit code; 128 and more: a signal; SPAWN_NOT_THERE: not found */
	char *output; /* what it wrote to stdout, ended by NUL */
	char *error;  /* the same for stderr */
};

/*
 * Searches argv[0] in /usr/sbin, /sbin, /usr/bin and /bin only. input: its standard input. Returns
 * 0 and fills *result (free with spawn_free()), or -errno.
 */
int spawn_run(const char *const argv[], const char *input, struct spawn_result *result);
void spawn_free(struct spawn_result *result);

#endif
