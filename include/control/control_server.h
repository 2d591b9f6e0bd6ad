/* SPDX-License-Identifier: MIT */
/*
 * control_server: the server side of the control socket. Each message is one JSON object on a line (docs/control.md).
 *
 * Reads requests, passes them to a handler, and sends the replies; it knows nothing about bans. A client has one request
 * in progress at a time. Limits: 32 clients; 64 KiB per request; 64 MiB of unsent replies in total, beyond 1 MiB per
 * client; a client that neither sends nor reads for 30 s is disconnected. Access control is left to the file mode of the
 * socket.
 */
#ifndef RELAYDAM_CONTROL_CONTROL_SERVER_H
#define RELAYDAM_CONTROL_CONTROL_SERVER_H

#include <jansson.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "control/control_listen.h"

struct control;
struct control_reply;

struct control_handler {
	/*
	 * Handles a request that control_request_parse() accepted. request and peer are valid during the call only.
	 * The handler owns reply until it calls control_reply_end(), control_reply_refuse() or control_reply_pull(),
	 * exactly once, now or from a later event of the same loop; also when the client has disconnected or the
	 * server was freed meanwhile.
	 */
	void (*handle)(void *context, const json_t *request, const struct ucred *peer,
		       struct control_reply *reply);
	control_note note; /* gets errors; not NULL */
	void *context;
};

/* Listens at path. *handler is copied. Returns 0 and sets *out, or -errno as control_listen() does. */
int control_new(struct control **out, sd_event *event, const char *path,
		const struct control_handler *handler);

/* Disconnects the clients and removes the socket. NULL is allowed. Must not be called from handle() or more(). */
void control_free(struct control *control);

/*
 * Appends an object to the reply. Takes over the reference, also on failure; NULL counts as out of memory, so the
 * result of json_pack() can be passed directly. Returns 0; -ENOMEM; -ENOBUFS when there are too many unsent replies;
 * -ECONNRESET when the client has disconnected. After a failure further calls have no effect, and the reply ends with
 * an error object.
 */
int control_reply_add(struct control_reply *reply, json_t *object);

/* Completes the reply; its last object must have a member "ok". Frees reply. */
void control_reply_end(struct control_reply *reply);

/*
 * Instead of control_reply_end(), for a long reply: produces it as the client reads it, so that it neither fills memory
 * nor blocks the loop. more() appends some objects, at most a few hundred, and returns 1, or 0 after the last one; it
 * must not end reply. It is called from later events of the loop until it returns 0 or the client disconnects; then
 * release() is called once. What `state` refers to must not change in between.
 */
void control_reply_pull(struct control_reply *reply,
			int (*more)(void *state, struct control_reply *reply),
			void (*release)(void *state), void *state);

/* Ends the reply with {"ok":false,"error":error,"exit":code}. code: exit status of the command, see exit_code.h. */
void control_reply_refuse(struct control_reply *reply, int code, const char *error);

#endif
