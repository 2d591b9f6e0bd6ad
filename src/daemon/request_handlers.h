/* SPDX-License-Identifier: MIT */
/*
 * request_handlers: answers the requests of the control socket (docs/control.md). A new request gets a handler here, a line in the
 * table of request_handlers.c, and its shape in control_request.c.
 */
#ifndef RELAYDAM_DAEMON_REQUEST_HANDLERS_H
#define RELAYDAM_DAEMON_REQUEST_HANDLERS_H

#include <jansson.h>

#include "control/control_server.h"

struct daemon;

struct request {
	const json_t *
		json; /* of a shape that control_request_parse() let pass; valid during the call only */
	int64_t uid;		     /* the operator's */
	struct control_reply *reply; /* the handler ends it, now or later */
};

/* Context is the daemon. */
void request_handle(void *context, const json_t *json, const struct ucred *peer,
		    struct control_reply *reply);

/* One for each command; in the file of its name. */
void list_handler(struct daemon *daemon, const struct request *request);
void ban_handler(struct daemon *daemon, const struct request *request);
void unban_handler(struct daemon *daemon, const struct request *request);
void fuse_handler(struct daemon *daemon, const struct request *request);
void reload_handler(struct daemon *daemon, const struct request *request);

#endif
