/* SPDX-License-Identifier: MIT */
/*
 * daemon_request: sends a command's request to the daemon and prints its errors. Common to all
 * commands that use the control socket.
 */
#ifndef RELAYDAM_CMD_DAEMON_REQUEST_H
#define RELAYDAM_CMD_DAEMON_REQUEST_H

#include <jansson.h>
#include <stdbool.h>

#include "options.h"

struct daemon_request {
	const char *config; /* argument of -c, or NULL */
	bool json;	    /* --json: print every object of the answer unchanged */
	/* called with each object before the last one; may be NULL; not called with --json */
	void (*each)(void *context, const json_t *object);
	void *context;
};

/* The last entries of the command's table of options: -c, --json and the end mark. */
#define DAEMON_REQUEST_OPTIONS(request)                                                            \
	{ .name = "config", .letter = 'c', .text = &(request)->config },                           \
		{ .name = "json", .flag = &(request)->json },                                      \
	{                                                                                          \
		.name = NULL                                                                       \
	}

#define DAEMON_REQUEST_HELP                                                                        \
	"  -c, --config FILE  read the socket's directory (runtime_dir) from this file\n"          \
	"      --json         print the daemon's answer unchanged: a JSON object per line\n"       \
	"  -h, --help         show this help\n\n"

/*
 * Checks that the arguments after the options are `min` to `max` addresses or prefixes; max is 0 or
 * 1. Returns 0, or -1 after a message.
 */
int daemon_request_check_addr(int argc, char **argv, int min, int max);

/*
 * Sets *out to the path of the control socket; the caller frees it. Returns EXIT_DONE, or another
 * exit code after a message.
 */
int daemon_request_socket(const struct daemon_request *request, char **out);

/*
 * Sends `body` and takes over its reference (NULL: it could not be built); prints the answer if
 * --json was given. Returns EXIT_DONE and sets *answer, which the caller must json_decref(), if the
 * daemon answered "ok": true. Otherwise prints the error, returns the exit code and leaves *answer
 * alone.
 */
int daemon_request_send(const struct daemon_request *request, json_t *body, json_t **answer);

#endif
