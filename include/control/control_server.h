/* SPDX-License-Identifier: MIT */
/*
 * control_server: the daemon's side of the control socket. One JSON object a line each way (docs/control.md).
 *
 * It reads requests, hands them to a handler and carries the answers back; it knows no bans. A client
 * has one request in work at a time. Bounds: 32 clients, 64 KiB a request, 64 MiB of long answers that wait, and
 * a client that for 30 s neither asks nor reads is dropped. Who may connect is the file's mode's business.
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
	 * A request of a shape that control_request_parse() let pass; it and peer are valid during the call only.
	 * reply is the handler's until it calls control_reply_end() or control_reply_pull() on it, exactly once, now or from
	 * a later turn of the same loop; also when the client, or control itself, has gone in between.
	 */
	void (*handle)(void *context, const json_t *request, const struct ucred *peer,
		       struct control_reply *reply);
	control_note note; /* trouble: not NULL */
	void *context;
};

/* Listens at path. handler is copied. Returns 0 and sets *out, or -errno as control_listen(), which note was told. */
int control_new(struct control **out, sd_event *event, const char *path,
		const struct control_handler *handler);

/* Drops the clients, removes the socket. NULL is fine. Not from inside handle() or more(). */
void control_free(struct control *control);

/*
 * Appends one object to the answer and takes it over, also on failure; NULL counts as out of memory, so that
 * what json_pack() returned may be passed on. Returns 0; -ENOMEM, -ENOBUFS when too many answers
 * wait, -ECONNRESET when the client has gone. After a failure more may be appended, to no effect; the
 * answer then ends in an error object.
 */
int control_reply_add(struct control_reply *reply, json_t *object);

/* The answer is complete: its last object has an "ok". reply is gone. */
void control_reply_end(struct control_reply *reply);

/*
 * Instead of control_reply_end(): the rest of a long answer is made as it is read, so that neither memory nor the
 * loop has to bear all of it at once. more appends some objects, a few hundred at most, and returns 1, or 0 when
 * the last was among them; it must not end reply. It is called from later turns of the loop, until it returns 0
 * or the client has gone; then release, once. What state holds must stand still meanwhile, or be a copy.
 */
void control_reply_pull(struct control_reply *reply,
			int (*more)(void *state, struct control_reply *reply),
			void (*release)(void *state), void *state);

/* {"ok":false,"error":error,"exit":code}, and the end. code is what the command exits with, see exit_code.h. */
void control_reply_refuse(struct control_reply *reply, int code, const char *error);

#endif
