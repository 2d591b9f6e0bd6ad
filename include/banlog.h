/* SPDX-License-Identifier: MIT */
/* banlog: the bans of a pass, kept in their order for what is told at its end. */
#ifndef RELAYDAM_BANLOG_H
#define RELAYDAM_BANLOG_H

#include "engine.h"

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

struct banlog {
	struct ban_entry *list;
	size_t n, room, most;
	uint64_t dropped; /* beyond `most` */
};

struct ban_entry ban_entry_of(const struct ban_event *event);

/* Keeps the first `most` of them. Returns 0, or -ENOMEM: then it is counted as dropped. */
int banlog_add(struct banlog *log, const struct ban_event *event);
void banlog_free(struct banlog *log);

#endif
