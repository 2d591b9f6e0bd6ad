/* SPDX-License-Identifier: MIT */
/* json_value: what the daemon tells of itself, as JSON objects: see docs/control.md. Each is the caller's to json_decref(). */
#ifndef RELAYDAM_DAEMON_JSON_VALUE_H
#define RELAYDAM_DAEMON_JSON_VALUE_H

#include "daemon/daemon.h"

json_t *answer_count(uint64_t n);
json_t *answer_time(int64_t us); /* null for INT64_MAX */

/* What came from a log may be no UTF-8: then byte by byte, as if it were Latin-1. */
json_t *answer_text(struct span s);

json_t *answer_ban(const struct daemon *daemon, const struct ban *ban); /* as `list` has it */
json_t *answer_fuses(const struct daemon *daemon);			/* those that have blown */
json_t *answer_status(const struct daemon *daemon);
json_t *answer_status_of(const struct daemon *daemon, const struct prefix *prefix); /* why */

#endif
