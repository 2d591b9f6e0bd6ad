/* SPDX-License-Identifier: MIT */
#include "daemon/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/daemon.h"
#include "net/tcp_counts.h"
#include "util/log.h"
#include "util/units.h"

enum { MOST_PERCENT = 1000 };

static const char main_cf[] = "/etc/postfix/main.cf";

uint32_t load_limit(const char *path)
{
	static const char key[] = "default_process_limit";
	uint32_t limit = LOAD_LIMIT;
	FILE *file = fopen(path, "re");
	char line[1024];

	/* a continued line begins with a blank, so it is none of these */
	while (file && fgets(line, sizeof(line), file)) {
		char *at = line + sizeof(key) - 1, *end;
		unsigned long value;

		if (strncmp(line, key, sizeof(key) - 1) != 0)
			continue;
		at += strspn(at, " \t");
		if (*at++ != '=')
			continue;
		value = strtoul(at, &end, 10);
		if (end != at && value > 0 && value < 1000000)
			limit = (uint32_t)value;
	}
	if (file)
		fclose(file);
	return limit;
}

int load_percent(uint32_t sessions, uint32_t limit)
{
	uint64_t percent = limit ? (uint64_t)sessions * 100 / limit : MOST_PERCENT;

	return percent < MOST_PERCENT ? (int)percent : MOST_PERCENT;
}

static void tell_failure(struct load *pressure, int r)
{
	if (r != pressure->failed && r < 0)
		log_print(LOG_ERR,
			  "sessions cannot be counted: %s; jails with when = \"busy\" only report",
			  strerror(-r));
	pressure->failed = r;
}

static void count_for(struct load *pressure, struct daemon *daemon, uint32_t jail, int64_t now)
{
	const struct jail_conf *conf = daemon->jail_confs[jail];
	const struct blocker_conf *blocker = daemon->blockers[conf->blocker_index]->conf;
	uint32_t limit = conf->sessions > 0 ? (uint32_t)conf->sessions : pressure->postfix_limit;
	struct tcp_counts_read count;
	int r = tcp_counts_read(blocker->ports, blocker->ports_n, &count);
	bool acted = engine_acts(daemon->engine, jail);

	tell_failure(pressure, r);
	engine_pressure(daemon->engine, jail, r < 0 ? -1 : load_percent(count.sessions, limit),
			now);
	if (acted != engine_acts(daemon->engine, jail))
		log_print(LOG_NOTICE, "%u of %u sessions: jail %s %s", count.sessions, limit,
			  daemon->jails[jail].name, acted ? "only reports" : "acts");
}

int64_t load_run(struct load *pressure, struct daemon *daemon, int64_t now)
{
	bool any = false;

	for (uint32_t j = 0; j < daemon->jails_n; j++)
		any |= daemon->jails[j].when_busy;
	if (!any)
		return INT64_MAX;
	if (now < pressure->next && pressure->next <= now + UNITS_SECOND)
		return pressure->next;
	if (pressure->postfix_limit == 0)
		pressure->postfix_limit = load_limit(main_cf);
	for (uint32_t j = 0; j < daemon->jails_n; j++)
		if (daemon->jails[j].when_busy)
			count_for(pressure, daemon, j, now);
	pressure->next = now + UNITS_SECOND;
	return pressure->next;
}
