/* SPDX-License-Identifier: MIT */
/* control_out: what a client has still to read, as lines of JSON; bounded over all clients. */
#ifndef RELAYDAM_CONTROL_OUT_H
#define RELAYDAM_CONTROL_OUT_H

#include <jansson.h>
#include <stddef.h>

enum {
	CONTROL_OUT_MOST = 64 << 20,  /* bytes, over all that share `buffered` */
	CONTROL_OUT_ALWAYS = 1 << 20, /* of one, whatever the others left of that */
};

struct control_out {
	char *bytes;
	size_t at, n, size; /* at to n is not written yet */
	size_t *buffered;   /* sum of the sizes, shared */
};

/* One line, or nothing of it. NULL counts as out of memory. Returns 0, -ENOMEM, or -ENOBUFS when there is too much. */
int control_out_say(struct control_out *out, const json_t *object);

/* Writes what the socket takes, without waiting. Returns 0, also when something is left, or -errno. */
int control_out_write(struct control_out *out, int fd);

/* Forgets what was written, and gives its room to what follows. */
void control_out_compact(struct control_out *out);

/* Everything is forgotten. */
void control_out_clear(struct control_out *out);

static inline size_t control_out_waits(const struct control_out *out)
{
	return out->n - out->at;
}

#endif
