/* SPDX-License-Identifier: MIT */
#include "request_handlers.h"

#include <string.h>

#include "client_json.h"
#include "control/control_request.h"
#include "status_json.h"
#include "util/array.h"
#include "util/exit_code.h"

static void status_handler(struct daemon *daemon, const struct request *request)
{
	struct prefix prefix;

	control_reply_add(request->reply, control_request_prefix(request->json, &prefix)
						  ? client_json(daemon, &prefix)
						  : status_json(daemon));
	control_reply_end(request->reply);
}

static const struct {
	const char *command;
	void (*handle)(struct daemon *daemon, const struct request *request);
} handlers[] = {
	{ "status", status_handler }, { "list", list_handler },	    { "ban", ban_handler },
	{ "unban", unban_handler },   { "reload", reload_handler }, { "fuse", fuse_handler },
};

void request_handle(void *context, const json_t *json, const struct ucred *peer,
		    struct control_reply *reply)
{
	const struct request request = { .json = json, .uid = peer->uid, .reply = reply };
	const char *command = json_string_value(json_object_get(json, "command"));

	for (size_t i = 0; i < ARRAY_SIZE(handlers); i++)
		if (strcmp(handlers[i].command, command) == 0) {
			handlers[i].handle(context, &request);
			return;
		}
	control_reply_refuse(reply, EXIT_USAGE, "there is no such command");
}
