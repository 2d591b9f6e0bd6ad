/* SPDX-License-Identifier: MIT */
#include "control/control_server.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "control/control_request.h"
#include "control_output.h"
#include "util/exit_code.h"
#include "util/units.h"

enum {
	CLIENTS = 32,
	TIMEOUT = 30,		/* seconds */
	PULL_BELOW = 64 * 1024, /* pulls more when fewer bytes are unsent */
};

struct client {
	struct control *control;
	struct client *next;
	int fd;
	struct ucred peer;
	sd_event_source *io, *timer;
	char in[CONTROL_REQUEST + 1];
	size_t in_n;
	struct control_output out;
	struct control_reply *reply; /* in progress; NULL: none */
	bool eof;		     /* reads no further requests */
};

struct control_reply {
	struct client *client; /* NULL: disconnected */
	int error;	       /* first error of control_reply_add() */
	bool any;	       /* an object was added */
	/* of control_reply_pull() */
	int (*more)(void *state, struct control_reply *reply);
	void (*release)(void *state);
	void *state;
};

struct control {
	sd_event *event;
	struct control_handler handler;
	char *path;
	int fd, lock;
	sd_event_source *accept, *pause;
	struct client *clients;
	size_t clients_n, buffered;
	int64_t timeout; /* microseconds */
};

static void reply_free(struct control_reply *reply)
{
	if (reply->more)
		reply->release(reply->state);
	free(reply);
}

static void client_free(struct client *client)
{
	sd_event_source_disable_unref(client->io);
	sd_event_source_disable_unref(client->timer);
	if (client->fd >= 0)
		close(client->fd);
	control_output_clear(&client->out);
	free(client);
}

static void client_end(struct client *client)
{
	client->control->clients_n--;
	if (client->reply && client->reply->more)
		reply_free(client->reply);
	else if (client->reply)
		client->reply->client = NULL;
	client_free(client);
}

static void client_drop(struct client *client)
{
	struct client **at = &client->control->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	client_end(client);
}

static json_t *refusal(int code, const char *error)
{
	return json_pack("{s:b, s:s, s:i}", "ok", 0, "error", error, "exit", code);
}

static int client_refuse(struct client *client, int code, const char *error)
{
	json_t *object = refusal(code, error);
	int r = control_output_append(&client->out, object);

	json_decref(object);
	return r;
}

static bool has_line(const struct client *client)
{
	return memchr(client->in, '\n', client->in_n) || (client->eof && client->in_n > 0) ||
	       client->in_n > CONTROL_REQUEST;
}

/* Sets the events to wait for, and restarts the timeout. There is none while the handler works. */
static int client_arm(struct client *client)
{
	bool pending = control_output_pending(&client->out) > 0;
	bool pulling = client->reply && client->reply->more;
	uint32_t events = 0;
	int r;

	if (pending || pulling || (!client->reply && has_line(client)))
		events = EPOLLOUT;
	else if (!client->reply && !client->eof)
		events = EPOLLIN;
	r = sd_event_source_set_io_events(client->io, events);
	if (r >= 0 && client->reply && !pending && !pulling)
		return sd_event_source_set_enabled(client->timer, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_source_set_time_relative(client->timer,
						      (uint64_t)client->control->timeout);
	if (r >= 0)
		r = sd_event_source_set_enabled(client->timer, SD_EVENT_ONESHOT);
	return r;
}

static int client_read(struct client *client)
{
	ssize_t n = recv(client->fd, client->in + client->in_n, sizeof(client->in) - client->in_n,
			 MSG_DONTWAIT);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	client->in_n += (size_t)n;
	client->eof = n == 0;
	return 0;
}

/* Takes the first line of the input as a request. -EMSGSIZE when the line is too long, -EINVAL. */
static int client_take(struct client *client, json_t **out, char *error)
{
	char *end = memchr(client->in, '\n', client->in_n);
	size_t n = end ? (size_t)(end - client->in) : client->in_n;
	int r = control_request_parse((struct span){ client->in, n }, out, error);

	if (n > CONTROL_REQUEST) {
		client->in_n = 0;
		return -EMSGSIZE;
	}
	n += end != NULL;
	memmove(client->in, client->in + n, client->in_n - n);
	client->in_n -= n;
	return r;
}

static int client_request(struct client *client)
{
	const struct control_handler *handler = &client->control->handler;
	struct control_reply *reply;
	char error[CONTROL_ERROR];
	json_t *request;
	int r = client_take(client, &request, error);

	if (r == -EMSGSIZE)
		client->eof = true;
	if (r < 0)
		return client_refuse(client, EXIT_USAGE, error);
	reply = calloc(1, sizeof(*reply));
	if (reply) {
		reply->client = client;
		client->reply = reply;
		handler->handle(handler->context, request, &client->peer, reply);
	}
	json_decref(request);
	return reply ? 0 : -ENOMEM;
}

/* Produces the next piece of a reply. */
static void client_pull(struct client *client)
{
	struct control_reply *reply = client->reply;

	control_output_compact(&client->out);
	if (reply->more(reply->state, reply) <= 0 || reply->error < 0)
		control_reply_end(reply);
}

/* Handles one request or one piece per event, so that a client does not delay the log lines. */
static int client_continue(struct client *client)
{
	size_t pending = control_output_pending(&client->out);
	int r = 0;

	if (client->reply && client->reply->more && pending < PULL_BELOW)
		client_pull(client);
	else if (!client->reply && pending == 0 && has_line(client))
		r = client_request(client);
	if (r == 0)
		r = control_output_write(&client->out, client->fd);
	if (r < 0)
		return r;
	if (client->eof && !client->reply && !control_output_pending(&client->out) &&
	    !has_line(client))
		return -ENOTCONN;
	return client_arm(client);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct client *client = data;
	int r = -ECONNRESET; /* EPOLLHUP alone: the client left while it waited for a reply */

	(void)source;
	(void)fd;
	if (events & EPOLLOUT)
		r = control_output_write(&client->out, client->fd);
	else if (events & EPOLLIN)
		r = client_read(client);
	if (r == 0)
		r = client_continue(client);
	if (r < 0)
		client_drop(client);
	return 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	client_drop(data);
	return 0;
}

static int client_new(struct control *control, int fd)
{
	struct client *client = calloc(1, sizeof(*client));
	socklen_t n = sizeof(client->peer);
	int r;

	if (!client) {
		close(fd);
		return -ENOMEM;
	}
	client->control = control;
	client->out.buffered = &control->buffered;
	client->fd = fd;
	r = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &client->peer, &n) < 0 ? -errno : 0;
	if (r >= 0)
		r = sd_event_add_io(control->event, &client->io, fd, EPOLLIN, on_io, client);
	if (r >= 0)
		r = sd_event_add_time_relative(control->event, &client->timer, CLOCK_MONOTONIC,
					       (uint64_t)control->timeout, 0, on_idle, client);
	if (r < 0) {
		client_free(client);
		return r;
	}
	client->next = control->clients;
	control->clients = client;
	control->clients_n++;
	return 0;
}

static void reject(int fd)
{
	static const char full[] = "{\"ok\":false,\"error\":\"too many commands are running: "
				   "try again in a moment\",\"exit\":4}\n";

	send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static int on_unpause(sd_event_source *source, uint64_t usec, void *data)
{
	struct control *control = data;

	(void)source;
	(void)usec;
	sd_event_source_set_enabled(control->accept, SD_EVENT_ON);
	return 0;
}

/*
 * When accept() runs out of descriptors, the socket stays readable: pause, so that the loop does
 * not spin.
 */
static void pause_accept(struct control *control, int error)
{
	char text[128];

	snprintf(text, sizeof(text), "control socket: %s: commands are delayed", strerror(error));
	control->handler.note(control->handler.context, LOG_WARNING, text);
	sd_event_source_set_enabled(control->accept, SD_EVENT_OFF);
	sd_event_source_set_time_relative(control->pause, UNITS_SECOND);
	sd_event_source_set_enabled(control->pause, SD_EVENT_ONESHOT);
}

static int on_accept(sd_event_source *source, int listening, uint32_t events, void *data)
{
	struct control *control = data;
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int r = 0;

	(void)source;
	(void)events;
	if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		r = -errno;
	else if (fd >= 0 && control->clients_n >= CLIENTS)
		reject(fd);
	else if (fd >= 0)
		r = client_new(control, fd);
	if (r < 0)
		pause_accept(control, -r);
	return 0;
}

int control_new(struct control **out, sd_event *event, const char *path,
		const struct control_handler *handler)
{
	struct control *control = calloc(1, sizeof(*control));
	int r = -ENOMEM;

	if (!control)
		return -ENOMEM;
	control->fd = control->lock = -1;
	control->event = sd_event_ref(event);
	control->handler = *handler;
	control->timeout = TIMEOUT * UNITS_SECOND;
	control->path = strdup(path);
	if (control->path)
		r = control_listen(path, &control->fd, &control->lock, handler->note,
				   handler->context);
	if (r >= 0)
		r = sd_event_add_io(event, &control->accept, control->fd, EPOLLIN, on_accept,
				    control);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &control->pause, CLOCK_MONOTONIC, 0, 0,
					       on_unpause, control);
	if (r >= 0)
		r = sd_event_source_set_enabled(control->pause, SD_EVENT_OFF);
	if (r < 0) {
		control_free(control);
		return r;
	}
	*out = control;
	return 0;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	for (struct client *client = control->clients, *next; client; client = next) {
		next = client->next;
		client_end(client);
	}
	sd_event_source_disable_unref(control->accept);
	sd_event_source_disable_unref(control->pause);
	if (control->fd >= 0) {
		unlink(control->path); /* it is ours: the lock is still held */
		close(control->fd);
	}
	if (control->lock >= 0)
		close(control->lock);
	sd_event_unref(control->event);
	free(control->path);
	free(control);
}

int control_reply_add(struct control_reply *reply, json_t *object)
{
	int r = reply->client ? reply->error : -ECONNRESET;

	if (r == 0)
		r = reply->error = control_output_append(&reply->client->out, object);
	reply->any |= r == 0;
	json_decref(object);
	return r;
}

void control_reply_end(struct control_reply *reply)
{
	struct client *client = reply->client;
	int r = reply->error;

	if (client) {
		client->reply = NULL;
		if (r < 0)
			r = client_refuse(client, EXIT_ENVIRONMENT,
					  r == -ENOBUFS ? "too many answers are unread: "
							  "try again in a moment"
							: "out of memory");
		else if (!reply->any)
			r = client_refuse(client, EXIT_ENVIRONMENT,
					  "the daemon has no answer to this");
		/* no room even for an error: closes the connection */
		if (r < 0)
			client->eof = true;
		/* continues from the loop, so that the handler is not called from inside its own call */
		client_arm(client);
	}
	reply_free(reply);
}

void control_reply_pull(struct control_reply *reply,
			int (*more)(void *state, struct control_reply *reply),
			void (*release)(void *state), void *state)
{
	reply->more = more;
	reply->release = release;
	reply->state = state;
	if (reply->client)
		client_arm(reply->client);
	else
		reply_free(reply);
}

void control_reply_refuse(struct control_reply *reply, int code, const char *error)
{
	control_reply_add(reply, refusal(code, error));
	control_reply_end(reply);
}
