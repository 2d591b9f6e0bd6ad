/* SPDX-License-Identifier: MIT */
/* control_output: buffer of unsent output for a client, as lines of JSON; bounded over all clients. */
#ifndef RELAYDAM_CONTROL_CONTROL_OUTPUT_H
#define RELAYDAM_CONTROL_CONTROL_OUTPUT_H

#include <jansson.h>
#include <stddef.h>

enum {
	CONTROL_OUTPUT_MOST = 64 << 20,	     /* bytes, over all buffers that share `buffered` */
	CONTROL_OUTPUT_GUARANTEED = 1 << 20, /* bytes of one buffer, whatever the others use */
};

struct control_output {
	char *bytes;
	size_t at, n, size; /* bytes from `at` to `n` are unsent */
	size_t *buffered;   /* sum of the sizes of all buffers, shared */
};

/*
 * Appends an object as one line, completely or not at all. NULL counts as out of memory.
 * Returns 0, -ENOMEM, or -ENOBUFS beyond the bounds.
 */
int control_output_append(struct control_output *out, const json_t *object);

/* Sends what the socket accepts, without blocking. Returns 0, also when something remains, or -errno. */
int control_output_write(struct control_output *out, int fd);

/* Frees the space of what was sent, for further output. */
void control_output_compact(struct control_output *out);

/* Discards everything and frees the memory. */
void control_output_clear(struct control_output *out);

/* Number of unsent bytes. */
static inline size_t control_output_pending(const struct control_output *out)
{
	return out->n - out->at;
}

#endif
