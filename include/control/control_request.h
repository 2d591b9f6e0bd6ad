/* SPDX-License-Identifier: MIT */
/* control_request: parses and validates a request of the control socket. */
#ifndef RELAYDAM_CONTROL_CONTROL_REQUEST_H
#define RELAYDAM_CONTROL_CONTROL_REQUEST_H

#include <jansson.h>

#include "util/addr.h"
#include "util/span.h"

enum {
	CONTROL_REQUEST = 64 * 1024, /* most bytes of a request, without its newline */
	CONTROL_ERROR = 256,	     /* bytes of an error text, with NUL; it may contain a path */
};

/*
 * Parses a line of untrusted input. Returns 0 and sets *out (release with json_decref()): an object whose "command"
 * exists, with the keys that the command needs, no other keys and no duplicates. "addr" is an address or a prefix
 * without host bits, "for" a duration, "all" is true, "jail" a string of 1 to 64 bytes, "rule" a string of at most 255
 * bytes that contains a slash.
 * Returns -EINVAL with the reason in error, which contains no text from the input.
 */
int control_request_parse(struct span line, json_t **out, char error[static CONTROL_ERROR]);

/* Value of "addr" or "for" in a parsed request. False when the key is absent. The duration is in microseconds. */
bool control_request_prefix(const json_t *request, struct prefix *out);
bool control_request_for(const json_t *request, int64_t *out);

#endif
