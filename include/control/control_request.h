/* SPDX-License-Identifier: MIT */
/* control_request: one request of the control socket, from bytes to a JSON object of a known shape. */
#ifndef RELAYDAM_CONTROL_CONTROL_REQUEST_H
#define RELAYDAM_CONTROL_CONTROL_REQUEST_H

#include <jansson.h>

#include "util/addr.h"
#include "util/span.h"

enum {
	CONTROL_REQUEST = 64 * 1024, /* bytes of a request at most, without its newline */
	CONTROL_ERROR = 256,	     /* the text of an error, with NUL; may hold a path */
};

/*
 * Reads a line that a stranger sent. Returns 0 and sets *out (json_decref() it): an object with a
 * "command" that exists, the keys that it needs, no others, and none twice; "addr" is an address or a prefix
 * without host bits, "for" a duration, "all" true, "jail" a string of 1 to 64 bytes, "rule" one
 * with a slash of at most 255.
 * Or -EINVAL with the reason in error: plain text of ours, nothing of the stranger's.
 */
int control_request_parse(struct span line, json_t **out, char error[static CONTROL_ERROR]);

/* Of a parsed request. False when it has no such key. The duration is in microseconds. */
bool control_request_prefix(const json_t *request, struct prefix *out);
bool control_request_for(const json_t *request, int64_t *out);

#endif
