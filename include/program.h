/* SPDX-License-Identifier: MIT */
/* program: runs another program, without a shell and with an environment of our own, and waits for it. Not for the daemon. */
#ifndef RELAYDAM_PROGRAM_H
#define RELAYDAM_PROGRAM_H

enum { PROGRAM_NOT_THERE = 127 };

struct program_result {
	int code; /* its exit code; 128 and more: a signal; PROGRAM_NOT_THERE: nowhere in PATH */
	char *output; /* all it wrote to stdout and to stderr; NUL at the end */
	char *error;
};

/*
 * argv[0] is looked for in /usr/sbin, /sbin, /usr/bin, /bin and nowhere else. input goes to its stdin.
 * Returns 0 (program_free() the result), or -errno.
 */
int program_run(const char *const argv[], const char *input, struct program_result *result);
void program_free(struct program_result *result);

#endif
