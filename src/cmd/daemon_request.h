/* SPDX-License-Identifier: MIT */
/* daemon_request: what the commands that talk to the daemon have in common. */
#ifndef RELAYDAM_CMD_DAEMON_REQUEST_H
#define RELAYDAM_CMD_DAEMON_REQUEST_H

#include <jansson.h>
#include <stdbool.h>

#include "options.h"

struct daemon_request {
	const char *config; /* of -c, or NULL */
	bool json;
	/* called with each object before the last; may be NULL; not with --json */
	void (*each)(void *context, const json_t *object);
	void *context;
};

/* Ends the table of such a command's options. */
#define DAEMON_REQUEST_OPTIONS(ask)                                                                \
	{ .name = "config", .letter = 'c', .text = &(ask)->config },                               \
		{ .name = "json", .flag = &(ask)->json },                                          \
	{                                                                                          \
		.name = NULL                                                                       \
	}

#define DAEMON_REQUEST_HELP                                                                        \
	"  -c, --config FILE  take runtime_dir, where the socket is, from there\n"                 \
	"      --json         the daemon's objects as they are, one a line\n"                      \
	"      --help\n\n"

/*
 * What is left of argv must be least to most addresses or prefixes; one at most. Returns 0, or -1
 * after a message.
 */
int daemon_request_check_addr(int argc, char **argv, int least, int most);

/* Where the daemon listens, which is the caller's to free(). Returns EXIT_DONE, or an exit code after a message. */
int daemon_request_socket(const struct daemon_request *ask, char **out);

/*
 * Sends request, which it takes over (NULL: out of memory), and prints the answer when --json was given.
 * Returns EXIT_DONE and sets *answer when "ok" is true; else an exit code, after a message. *answer is
 * set with --json, too: only the exit code is then left to find.
 */
int daemon_request_send(const struct daemon_request *ask, json_t *request, json_t **answer);

#endif
