/* SPDX-License-Identifier: MIT */
/* `ban`: a manual ban, in one jail or in the first of each blocker. */
#include <stdio.h>

#include "client_json.h"
#include "control/control_request.h"
#include "daemon_state.h"
#include "json_value.h"
#include "manual_ban.h"
#include "policy.h"
#include "request_handlers.h"
#include "tick.h"
#include "util/exit_code.h"
#include "written_reply.h"

static bool is_first_of_blocker(const struct policy *policy, uint32_t jail)
{
	for (uint32_t j = 0; j < jail; j++)
		if (policy->jail_confs[j]->blocker_index == policy->jail_confs[jail]->blocker_index)
			return false;
	return true;
}

/* Is it the jail of that name; without a name, the first of its blocker? */
static bool is_meant(const struct policy *policy, const char *name, uint32_t jail)
{
	return name ? strcmp(name, policy->jails[jail].name) == 0
		    : is_first_of_blocker(policy, jail);
}

/*
 * All of the prefix is banned, or nothing: its first address alone is not what was asked for. Returns an exit code and, but for
 * EXIT_DONE, why.
 */
static int check_ban(const struct policy *policy, const char *name, const struct prefix *asked,
		     char why[static CONTROL_ERROR])
{
	bool known = false;

	if (ignore_ip_touches(policy->ignore, asked)) {
		snprintf(why, CONTROL_ERROR, "it is in ignoreip, or one of this machine's own");
		return EXIT_NO;
	}
	for (uint32_t j = 0; j < policy->jails_n; j++) {
		const struct jail *jail = &policy->jails[j];
		struct prefix widest = prefix_of(&asked->addr, jail->prefix4, jail->prefix6);

		if (!is_meant(policy, name, j))
			continue;
		known = true;
		if (widest.bits > asked->bits) {
			snprintf(
				why, CONTROL_ERROR,
				"jail %s bans no more than a /%d at a time (its blocker's prefix%c)",
				jail->name,
				addr_is_v4(&asked->addr) ? jail->prefix4 : jail->prefix6,
				addr_is_v4(&asked->addr) ? '4' : '6');
			return EXIT_USAGE;
		}
		if (engine_prefix(policy->engine, &asked->addr, j).bits > asked->bits) {
			snprintf(
				why, CONTROL_ERROR,
				"known senders are in it, or addresses of ignoreip: ban single addresses");
			return EXIT_NO;
		}
	}
	if (known)
		return EXIT_DONE;
	snprintf(why, CONTROL_ERROR, "there is no such jail: relaydam status");
	return EXIT_NO;
}

/* Bans the address in each jail that is meant. Returns how many bans were made. */
static size_t ban_in(struct daemon *daemon, const char *name, const struct addr *addr,
		     int64_t duration, int64_t uid, struct ban made[static CONFIG_JAILS])
{
	const struct policy *policy = daemon->policy;
	size_t n = 0;

	for (uint32_t j = 0; j < policy->jails_n; j++) {
		struct ban ban = { .jail = j, .since = daemon_now(), .rule = BANS_MANUAL };

		if (!is_meant(policy, name, j))
			continue;
		ban.prefix = engine_prefix(policy->engine, addr, j);
		ban.until = ban.since + (duration ? duration : policy->jails[j].bantime);
		if (manual_ban(daemon, &ban, uid) == 0)
			made[n++] = ban;
	}
	return n;
}

static json_t *answer_of(const struct daemon *daemon, const struct ban *made, size_t n)
{
	json_t *bans = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(bans, client_json_ban(daemon, &made[i]));
	return json_pack("{s:b, s:o, s:o}", "ok", 1, "now", json_time(daemon_now()), "bans", bans);
}

void ban_handler(struct daemon *daemon, const struct request *request)
{
	const char *name = json_string_value(json_object_get(request->json, "jail"));
	struct ban made[CONFIG_JAILS];
	char why[CONTROL_ERROR];
	struct prefix asked;
	int64_t duration = 0;
	size_t n;
	int code;

	control_request_prefix(request->json, &asked);
	control_request_for(request->json, &duration);
	code = check_ban(daemon->policy, name, &asked, why);
	if (code != EXIT_DONE) {
		control_reply_refuse(request->reply, code, why);
		return;
	}
	n = ban_in(daemon, name, &asked.addr, duration, request->uid, made);
	tick(daemon); /* the answer says whether the kernel holds the bans */
	if (n == 0)
		control_reply_refuse(
			request->reply, EXIT_ENVIRONMENT,
			"the ledger's queue is full, nothing was banned: relaydam status");
	else
		written_reply_send(daemon, request->reply, answer_of(daemon, made, n));
}
