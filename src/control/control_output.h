/* SPDX-License-Identifier: MIT */
/* control_output: what a client has still to read, as lines of JSON; bounded over all clients. */
#ifndef RELAYDAM_CONTROL_CONTROL_OUTPUT_H
#define RELAYDAM_CONTROL_CONTROL_OUTPUT_H

#include <jansson.h>
#include <stddef.h>

enum {
	CONTROL_OUTPUT_MOST = 64 << 20,	 /* bytes, over all that share `buffered` */
	CONTROL_OUTPUT_ALWAYS = 1 << 20, /* of one, whatever the others left of that */
};

struct control_output {
	char *bytes;
	size_t at, n, size; /* at to n is not written yet */
	size_t *buffered;   /* sum of the sizes, shared */
};

/* One line, or nothing of it. NULL counts as out of memory. Returns 0, -ENOMEM, or -ENOBUFS when there is too much. */
int control_output_say(struct control_output *out, const json_t *object);

/* Writes what the socket takes, without waiting. Returns 0, also when something is left, or -errno. */
int control_output_write(struct control_output *out, int fd);

/* Forgets what was written, and gives its room to what follows. */
void control_output_compact(struct control_output *out);

/* Everything is forgotten. */
void control_output_clear(struct control_output *out);

static inline size_t control_output_waits(const struct control_output *out)
{
	return out->n - out->at;
}

#endif
