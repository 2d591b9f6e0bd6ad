/* SPDX-License-Identifier: MIT */
/* client_json: what is known of one client, as docs/control.md has it. The caller owns each value. */
#ifndef RELAYDAM_DAEMON_CLIENT_JSON_H
#define RELAYDAM_DAEMON_CLIENT_JSON_H

#include <jansson.h>

#include "engine/bans.h"

struct daemon;

/* One ban, as `list` has it. */
json_t *client_json_ban(const struct daemon *daemon, const struct ban *ban);

/* Why a client or a prefix is banned, or is not: bans with their lines, windows, earlier bans. */
json_t *client_json(const struct daemon *daemon, const struct prefix *prefix);

#endif
