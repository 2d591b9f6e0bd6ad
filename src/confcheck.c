/* SPDX-License-Identifier: MIT */
#include "confcheck.h"

#include <stdlib.h>
#include <string.h>

static void find_blocker(const struct config *config, struct jail_conf *jail,
			 struct problems *problems)
{
	if (!jail->blocker && config->blockers_n > 0 && config->blockers[0].name)
		jail->blocker = strdup(config->blockers[0].name);
	if (!jail->blocker) {
		problem(problems, config->path, jail->line,
			"the jail \"%s\" has no blocker: add one under blockers and name it here",
			jail->name);
		return;
	}
	for (size_t i = 0; i < config->blockers_n; i++) {
		if (config->blockers[i].name &&
		    strcmp(config->blockers[i].name, jail->blocker) == 0) {
			jail->blocker_index = i;
			return;
		}
	}
	problem(problems, config->path, jail->line,
		"the jail \"%s\" names the blocker \"%s\", which is not under blockers", jail->name,
		jail->blocker);
	free(jail->blocker);
	jail->blocker = NULL;
}

/* The kernel masks by its rule's prefix: a jail that counts by another would block nobody, or others. */
static void check_prefix(const struct config *config, struct jail_conf *jail,
			 struct problems *problems)
{
	const struct blocker_conf *blocker = &config->blockers[jail->blocker_index];

	if (jail->prefix4 < 0)
		jail->prefix4 = blocker->prefix4;
	if (jail->prefix6 < 0)
		jail->prefix6 = blocker->prefix6;
	if (jail->prefix4 != blocker->prefix4 || jail->prefix6 != blocker->prefix6)
		problem(problems, config->path, jail->line,
			"the jail \"%s\" counts by /%lld and /%lld, its blocker \"%s\" blocks by /%lld "
			"and /%lld: give it a blocker with the same prefix4 and prefix6",
			jail->name, (long long)jail->prefix4, (long long)jail->prefix6,
			blocker->name, (long long)blocker->prefix4, (long long)blocker->prefix6);
}

static void check_offences(const struct config *config, const struct jail_conf *jail,
			   struct problems *problems)
{
	if (jail->offences == 0) {
		problem(problems, config->path, jail->line,
			"the jail \"%s\" has no \"offences\": say what it counts, as [ \"dnsbl\" ]",
			jail->name);
		return;
	}
	for (size_t i = 0; i < filters_rules(config->filters); i++)
		if (jail->offences >> filters_rule(config->filters, i)->offence & 1)
			return;
	problem(problems, config->path, jail->line,
		"the jail \"%s\" has no rules: no filter that is named proves any of its offences",
		jail->name);
}

void confcheck_jails(struct config *config, struct problems *problems)
{
	if (config->jails_n > CONFIG_JAILS || config->blockers_n > CONFIG_BLOCKERS)
		problem(problems, config->path, 0, "more than %d jails or blockers", CONFIG_JAILS);
	for (size_t i = 0; i < config->jails_n; i++) {
		struct jail_conf *jail = &config->jails[i];

		if (!jail->name)
			continue;
		find_blocker(config, jail, problems);
		if (jail->blocker)
			check_prefix(config, jail, problems);
		if (jail->enabled)
			check_offences(config, jail, problems);
	}
}
