/* SPDX-License-Identifier: MIT */
#include "banlog.h"

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

int banlog_add(struct banlog *log, const struct ban_event *event)
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

void banlog_free(struct banlog *log)
{
	free(log->list);
	*log = (struct banlog){ 0 };
}
