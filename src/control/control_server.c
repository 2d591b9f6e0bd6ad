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
	PATIENCE = 30,	    /* seconds */
	LITTLE = 64 * 1024, /* bytes that wait: below that more is pulled */
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
	struct control_reply *reply; /* the one in work, or NULL */
	bool eof;		     /* no more requests will be read */
};

struct control_reply {
	struct client *client; /* NULL: gone */
	int error;	       /* the first that control_reply_add() met */
	bool any;
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
	int64_t patience; /* microseconds */
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
	int r = control_output_say(&client->out, object);

	json_decref(object);
	return r;
}

static bool has_line(const struct client *client)
{
	return memchr(client->in, '\n', client->in_n) || (client->eof && client->in_n > 0) ||
	       client->in_n > CONTROL_REQUEST;
}

/* Has the loop call again for what can be done next, and no longer than it is patient. */
static int client_arm(struct client *client)
{
	bool waits = control_output_waits(&client->out) > 0;
	bool pulls = client->reply && client->reply->more;
	uint32_t events = 0;
	int r;

	if (waits || pulls || (!client->reply && has_line(client)))
		events = EPOLLOUT;
	else if (!client->reply && !client->eof)
		events = EPOLLIN;
	r = sd_event_source_set_io_events(client->io, events);
	if (r >= 0 && client->reply && !waits && !pulls)
		return sd_event_source_set_enabled(client->timer, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_source_set_time_relative(client->timer,
						      (uint64_t)client->control->patience);
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

/* The first line of what was read, as a request; -EMSGSIZE when there is no end to it. */
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

/* A piece of an answer that is made as it is read. */
static void client_pull(struct client *client)
{
	struct control_reply *reply = client->reply;

	control_output_compact(&client->out);
	if (reply->more(reply->state, reply) <= 0 || reply->error < 0)
		control_reply_end(reply);
}

/* One request or one piece a turn, so that nobody holds up the lines that flow. */
static int client_go_on(struct client *client)
{
	size_t waits = control_output_waits(&client->out);
	int r = 0;

	if (client->reply && client->reply->more && waits < LITTLE)
		client_pull(client);
	else if (!client->reply && waits == 0 && has_line(client))
		r = client_request(client);
	if (r == 0)
		r = control_output_write(&client->out, client->fd);
	if (r < 0)
		return r;
	if (client->eof && !client->reply && !control_output_waits(&client->out) &&
	    !has_line(client))
		return -ENOTCONN;
	return client_arm(client);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct client *client = data;
	int r = -ECONNRESET; /* EPOLLHUP alone: it waited for an answer, and does no more */

	(void)source;
	(void)fd;
	if (events & EPOLLOUT)
		r = control_output_write(&client->out, client->fd);
	else if (events & EPOLLIN)
		r = client_read(client);
	if (r == 0)
		r = client_go_on(client);
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
					       (uint64_t)control->patience, 0, on_idle, client);
	if (r < 0) {
		client_free(client);
		return r;
	}
	client->next = control->clients;
	control->clients = client;
	control->clients_n++;
	return 0;
}

static void turn_away(int fd)
{
	static const char full[] = "{\"ok\":false,\"error\":\"too many commands are at work: "
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

/* Without descriptors the listening socket stays readable: the loop must not spin on it. */
static void pause_accept(struct control *control, int error)
{
	char text[128];

	snprintf(text, sizeof(text), "control socket: %s: commands must wait", strerror(error));
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
		turn_away(fd);
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
	control->patience = PATIENCE * UNITS_SECOND;
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
		unlink(control->path); /* ours, for the lock is still held */
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
		r = reply->error = control_output_say(&reply->client->out, object);
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
					  r == -ENOBUFS ? "too many answers wait to be read: "
							  "try again in a moment"
							: "out of memory");
		else if (!reply->any)
			r = client_refuse(client, EXIT_ENVIRONMENT, "there is no answer to this");
		/* not even room for an error: end the connection */
		if (r < 0)
			client->eof = true;
		/* the rest is done by the loop: the handler is not called from inside its own call */
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
