/* SPDX-License-Identifier: MIT */
/* spawn: runs another program, without a shell and with an environment of our own, and waits for it. Not for the daemon. */
#ifndef RELAYDAM_UTIL_SPAWN_H
#define RELAYDAM_UTIL_SPAWN_H

enum { SPAWN_NOT_THERE = 127 };

struct spawn_result {
	int code;     /* its exit code; 128 and more: a signal; SPAWN_NOT_THERE: nowhere in PATH */
	char *output; /* all it wrote to stdout and to stderr; NUL at the end */
	char *error;
};

/*
 * argv[0] is looked for in /usr/sbin, /sbin, /usr/bin, /bin and nowhere else. input goes to its stdin.
 * Returns 0 (spawn_free() the result), or -errno.
 */
int spawn_run(const char *const argv[], const char *input, struct spawn_result *result);
void spawn_free(struct spawn_result *result);

#endif
