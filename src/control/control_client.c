/* SPDX-License-Identifier: MIT */
#include "control/control_client.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/control_listen.h"
#include "util/run_dir.h"

enum {
	RECEIVE = 64 * 1024,  /* bytes per recv() */
	MOST_LINE = 16 << 20, /* bytes of an object; `status` with all rules has some 100 KB */
	PATH_SHOWN = 110,     /* bytes of the path in an error text */
};

static int timeout = 10; /* seconds; tests set it lower */

struct call {
	const char *path;
	int fd;
	char *in;
	size_t n, size;
	void (*each)(void *context, const json_t *object);
	void *context;
	json_t *answer;
};

char *control_path(const char *configured)
{
	return run_dir_path(configured, "RUNTIME_DIRECTORY", "/run/relaydam", "control.sock");
}

static int set_error(const struct call *call, int r, char *error)
{
	const char *path = call->path;

	switch (-r) {
	case ENOENT:
	case ECONNREFUSED:
		snprintf(error, CONTROL_ERROR,
			 "relaydam is not running (nothing listens at %.*s). "
			 "Start it with: systemctl start relaydam",
			 PATH_SHOWN, path);
		break;
	case EACCES:
		snprintf(error, CONTROL_ERROR,
			 getgrnam(CONTROL_GROUP)
				 ? "%.*s: you are not in group " CONTROL_GROUP
				   ". Run this as root, or let root run: adduser YOU " CONTROL_GROUP
				 : "%.*s: only root has access: the group " CONTROL_GROUP
				   " does not exist",
			 PATH_SHOWN, path);
		break;
	case ETIMEDOUT:
		snprintf(
			error, CONTROL_ERROR,
			"relaydam did not answer for %d s. For the cause see: journalctl -u relaydam",
			timeout);
		break;
	case EPROTO:
		snprintf(
			error, CONTROL_ERROR,
			"%.*s: the answer is not from this version of relaydam. Restart the daemon",
			PATH_SHOWN, path);
		break;
	case EPIPE:
	case ECONNRESET:
		snprintf(error, CONTROL_ERROR,
			 "relaydam ended during its answer. See: systemctl status relaydam");
		break;
	default:
		snprintf(error, CONTROL_ERROR, "%.*s: %s", PATH_SHOWN, path, strerror(-r));
	}
	return r;
}

static int call_connect(struct call *call)
{
	const struct timeval limit = { .tv_sec = timeout };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(call->path) >= sizeof(name.sun_path))
		return -ENAMETOOLONG;
	memcpy(name.sun_path, call->path, strlen(call->path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	call->fd = fd;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&name, sizeof(name)) == 0)
		return 0;
	return errno == EAGAIN ? -ETIMEDOUT : -errno;
}

static int call_send(struct call *call, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t at = 0, n = text ? strlen(text) : 0;
	int r = text ? 0 : -ENOMEM;

	if (text)
		text[n++] = '\n'; /* replaces its NUL */
	while (r == 0 && at < n) {
		ssize_t sent = send(call->fd, text + at, n - at, MSG_NOSIGNAL);

		if (sent >= 0)
			at += (size_t)sent;
		else if (errno != EINTR)
			r = errno == EAGAIN ? -ETIMEDOUT : -errno;
	}
	free(text);
	return r;
}

static int call_receive(struct call *call)
{
	ssize_t n;

	if (call->size - call->n < RECEIVE) {
		size_t size = call->size * 2 + RECEIVE;
		char *grown = size > MOST_LINE ? NULL : realloc(call->in, size);

		if (!grown)
			return size > MOST_LINE ? -EPROTO : -ENOMEM;
		call->in = grown;
		call->size = size;
	}
	do
		n = recv(call->fd, call->in + call->n, call->size - call->n, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	call->n += (size_t)n;
	return n == 0 ? -EPIPE : 0;
}

static int call_object(struct call *call, struct span line)
{
	json_error_t where;
	json_t *object = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &where);
	const json_t *ok = json_object_get(object, "ok");

	if (!json_is_object(object) || (ok && !json_is_boolean(ok))) {
		json_decref(object);
		return -EPROTO;
	}
	call->each(call->context, object);
	if (ok)
		call->answer = object;
	else
		json_decref(object);
	return 0;
}

/* Parses the complete lines received so far, up to the last object of the reply. */
static int call_lines(struct call *call)
{
	size_t at = 0;
	int r = 0;

	while (r == 0 && !call->answer) {
		const char *line = call->in + at;
		const char *end = memchr(line, '\n', call->n - at);

		if (!end)
			break;
		r = call_object(call, (struct span){ line, (size_t)(end - line) });
		at += (size_t)(end - line) + 1;
	}
	if (at > 0)
		memmove(call->in, call->in + at, call->n - at);
	call->n -= at;
	return r;
}

int control_call(const char *path, const json_t *request,
		 void (*each)(void *context, const json_t *object), void *context, json_t **answer,
		 char error[static CONTROL_ERROR])
{
	struct call call = { .path = path, .fd = -1, .each = each, .context = context };
	int r = call_connect(&call);

	if (r == 0)
		r = call_send(&call, request);
	/* a rejected client gets the reason before it has sent its request */
	if (r == -EPIPE)
		r = 0;
	while (r == 0 && !call.answer) {
		r = call_receive(&call);
		if (r == 0)
			r = call_lines(&call);
	}
	if (call.fd >= 0)
		close(call.fd);
	free(call.in);
	if (call.answer)
		*answer = call.answer;
	return call.answer ? 0 : set_error(&call, r, error);
}
