/* SPDX-License-Identifier: MIT */
/* status_json: the daemon's counters, states and warnings, as docs/control.md has them. The caller owns each value. */
#ifndef RELAYDAM_DAEMON_STATUS_JSON_H
#define RELAYDAM_DAEMON_STATUS_JSON_H

#include <jansson.h>

struct daemon;

json_t *status_json(const struct daemon *daemon);

/* The rules whose fuse has blown. */
json_t *status_json_fuses(const struct daemon *daemon);

#endif
