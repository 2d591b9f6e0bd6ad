/* SPDX-License-Identifier: MIT */
/* ban_log: the bans of a replay, in their order, for reports after its end. */
#ifndef RELAYDAM_ENGINE_BAN_LOG_H
#define RELAYDAM_ENGINE_BAN_LOG_H

#include "engine/engine.h"

struct ban_entry {
	struct prefix prefix;
	struct addr addr; /* the client whose hit triggered it */
	int64_t time, until;
	int64_t oldest;	     /* time of the oldest hit that counted */
	uint32_t jail, rule; /* indexes */
	uint32_t hits;
	enum would would;
	uint8_t mark; /* for use by the reader of the log; 0 at first */
};

struct ban_log {
	struct ban_entry *list;
	size_t n, room, most;
	uint64_t dropped; /* bans beyond `most`, or without memory */
};

struct ban_entry ban_entry_of(const struct ban_event *event);

/* Adds a ban; only the first `most` are kept. Returns 0, or -ENOMEM: then it counts as dropped. */
int ban_log_add(struct ban_log *log, const struct ban_event *event);
void ban_log_free(struct ban_log *log);

#endif
