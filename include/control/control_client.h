/* SPDX-License-Identifier: MIT */
/* control_client: the client side of the control socket, for commands: sends one request and reads its reply. */
#ifndef RELAYDAM_CONTROL_CONTROL_CLIENT_H
#define RELAYDAM_CONTROL_CONTROL_CLIENT_H

#include <jansson.h>

#include "control/control_request.h"

/*
 * Path of the socket, for both sides: in `configured` (runtime_dir, or NULL), else in the first directory of
 * $RUNTIME_DIRECTORY, else in /run/relaydam. The caller frees it; NULL when out of memory.
 */
char *control_path(const char *configured);

/*
 * Sends a request to the daemon at path. Calls each() with every object of the reply, including the last one, which has
 * a member "ok" and is also stored in *answer (release with json_decref()).
 * Returns 0, also when "ok" is false; or -errno with one line in error that names the remedy: -ENOENT or -ECONNREFUSED
 * when no daemon runs, -EACCES, -ETIMEDOUT when nothing arrives for ten seconds, -EPROTO when the reply is malformed,
 * -EPIPE when it ends early.
 */
int control_call(const char *path, const json_t *request,
		 void (*each)(void *context, const json_t *object), void *context, json_t **answer,
		 char error[static CONTROL_ERROR]);

#endif
