/* SPDX-License-Identifier: MIT */
/* control_client: a command's side of the control socket: one request, its answer, ten seconds. */
#ifndef RELAYDAM_CONTROL_CONTROL_CLIENT_H
#define RELAYDAM_CONTROL_CONTROL_CLIENT_H

#include <jansson.h>

#include "control/control_request.h"

/*
 * Where the socket is: in configured (runtime_dir, or NULL), else in the first of $RUNTIME_DIRECTORY, else in
 * /run/relaydam. For both sides. free() it; NULL without memory.
 */
char *control_path(const char *configured);

/*
 * Asks the daemon at path. each is called with every object of the answer, the last one too, which
 * is the one that has an "ok" and is also set as *answer (json_decref() it).
 * Returns 0, also when "ok" is false; or -errno and one line in error that says what to do:
 * -ENOENT or -ECONNREFUSED nobody runs there, -EACCES, -ETIMEDOUT nothing came for ten seconds, -EPROTO it did not
 * speak our language, -EPIPE the answer was cut short.
 */
int control_call(const char *path, const json_t *request,
		 void (*each)(void *context, const json_t *object), void *context, json_t **answer,
		 char error[static CONTROL_ERROR]);

#endif
