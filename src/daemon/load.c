/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon_state.h"
#include "engine/engine_bans.h"
#include "net/tcp_counts.h"
#include "policy.h"
#include "util/log.h"
#include "util/units.h"

enum { MOST_PERCENT = 1000 };

static const char main_cf[] = "/etc/postfix/main.cf";

struct load {
	int64_t next; /* the daemon's clock, when to count again */
	int failed;   /* 0 or -errno of the last count */
	uint32_t postfix_limit;
};

int load_new(struct load **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void load_free(struct load *load)
{
	free(load);
}

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

static void log_failure(struct load *load, int r)
{
	if (r != load->failed && r < 0)
		log_print(LOG_ERR,
			  "sessions cannot be counted: %s; jails with when = \"busy\" only report",
			  strerror(-r));
	load->failed = r;
}

static void count_for(struct load *load, struct daemon *daemon, uint32_t jail, int64_t now)
{
	const struct jail_conf *conf = daemon->policy->jail_confs[jail];
	const struct blocker_conf *blocker = daemon->policy->blockers[conf->blocker_index]->conf;
	uint32_t limit = conf->sessions > 0 ? (uint32_t)conf->sessions : load->postfix_limit;
	struct tcp_counts count;
	int r = tcp_counts_read(blocker->ports, blocker->ports_n, &count);
	bool acted = engine_jail_acts(daemon->policy->engine, jail);

	log_failure(load, r);
	engine_set_load(daemon->policy->engine, jail,
			r < 0 ? -1 : load_percent(count.sessions, limit), now);
	if (acted != engine_jail_acts(daemon->policy->engine, jail))
		log_print(LOG_NOTICE, "%u of %u sessions: jail %s %s", count.sessions, limit,
			  daemon->policy->jails[jail].name, acted ? "only reports" : "acts");
}

int64_t load_run(struct daemon *daemon, int64_t now)
{
	const struct policy *policy = daemon->policy;
	struct load *load = daemon->load;
	bool any = false;

	for (uint32_t j = 0; j < policy->jails_n; j++)
		any |= policy->jails[j].when_busy;
	if (!any)
		return INT64_MAX;
	if (now < load->next && load->next <= now + UNITS_SECOND)
		return load->next;
	if (load->postfix_limit == 0)
		load->postfix_limit = load_limit(main_cf);
	for (uint32_t j = 0; j < policy->jails_n; j++)
		if (policy->jails[j].when_busy)
			count_for(load, daemon, j, now);
	load->next = now + UNITS_SECOND;
	return load->next;
}
