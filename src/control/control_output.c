/* SPDX-License-Identifier: MIT */
#include "control_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { SIZE_LEAST = 4096 };

static int reserve(struct control_output *out, size_t n)
{
	size_t size = out->size ? out->size : SIZE_LEAST;
	char *grown;

	while (size - out->n < n)
		size *= 2;
	if (size == out->size)
		return 0;
	if (size > CONTROL_OUTPUT_GUARANTEED &&
	    *out->buffered + size - out->size > CONTROL_OUTPUT_MOST)
		return -ENOBUFS;
	grown = realloc(out->bytes, size);
	if (!grown)
		return -ENOMEM;
	*out->buffered += size - out->size;
	out->bytes = grown;
	out->size = size;
	return 0;
}

struct sink {
	struct control_output *out;
	int error;
};

static int sink_write(const char *bytes, size_t n, void *data)
{
	struct sink *sink = data;

	sink->error = reserve(sink->out, n);
	if (sink->error < 0)
		return -1;
	memcpy(sink->out->bytes + sink->out->n, bytes, n);
	sink->out->n += n;
	return 0;
}

int control_output_append(struct control_output *out, const json_t *object)
{
	struct sink sink = { out, -ENOMEM };
	size_t before = out->n;

	if (object && json_dump_callback(object, sink_write, &sink, JSON_COMPACT) == 0 &&
	    sink_write("\n", 1, &sink) == 0)
		return 0;
	out->n = before;
	return sink.error < 0 ? sink.error : -ENOMEM;
}

int control_output_write(struct control_output *out, int fd)
{
	while (out->at < out->n) {
		ssize_t n = send(fd, out->bytes + out->at, out->n - out->at,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		out->at += (size_t)n;
	}
	control_output_clear(out);
	return 0;
}

void control_output_compact(struct control_output *out)
{
	if (out->at == 0)
		return;
	memmove(out->bytes, out->bytes + out->at, out->n - out->at);
	out->n -= out->at;
	out->at = 0;
}

void control_output_clear(struct control_output *out)
{
	*out->buffered -= out->size;
	free(out->bytes);
	out->bytes = NULL;
	out->at = out->n = out->size = 0;
}
