/* SPDX-License-Identifier: MIT */
#include "engine/ban_log.h"

#include <errno.h>
#include <stdlib.h>

struct ban_entry ban_entry_of(const struct ban_event *event)
{
	return (struct ban_entry){
		.prefix = event->ban.prefix,
		.addr = event->hit->addr,
		.time = event->ban.since,
		.until = event->ban.until,
		.oldest = event->oldest,
		.jail = event->ban.jail,
		.rule = event->hit->rule->index,
		.hits = event->hits,
		.would = event->ban.would,
	};
}

int ban_log_add(struct ban_log *log, const struct ban_event *event)
{
	if (log->n == log->most) {
		log->dropped++;
		return 0;
	}
	if (log->n == log->room) {
		size_t room = log->room ? 2 * log->room : 256;
		struct ban_entry *list = reallocarray(log->list, room, sizeof(*list));

		if (!list) {
			log->dropped++;
			return -ENOMEM;
		}
		log->list = list;
		log->room = room;
	}
	log->list[log->n++] = ban_entry_of(event);
	return 0;
}

void ban_log_free(struct ban_log *log)
{
	free(log->list);
	*log = (struct ban_log){ 0 };
}
