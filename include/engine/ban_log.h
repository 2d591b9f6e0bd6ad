/* SPDX-License-Identifier: MIT */
/* ban_log: the bans of a pass, kept in their order for what is told at its end. */
#ifndef RELAYDAM_ENGINE_BAN_LOG_H
#define RELAYDAM_ENGINE_BAN_LOG_H

#include "engine/engine.h"

struct ban_entry {
	struct prefix prefix;
	struct addr addr; /* whose hit it was */
	int64_t time, until;
	int64_t oldest;	     /* hit that counted */
	uint32_t jail, rule; /* their indexes */
	uint32_t hits;
	enum would would;
	uint8_t mark; /* for whoever reads the log */
};

struct ban_log {
	struct ban_entry *list;
	size_t n, room, most;
	uint64_t dropped; /* beyond `most` */
};

struct ban_entry ban_entry_of(const struct ban_event *event);

/* Keeps the first `most` of them. Returns 0, or -ENOMEM: then it is counted as dropped. */
int ban_log_add(struct ban_log *log, const struct ban_event *event);
void ban_log_free(struct ban_log *log);

#endif
