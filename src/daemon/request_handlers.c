/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "control/control_request.h"
#include "enforcement.h"
#include "json_value.h"
#include "unban_handler.h"
#include "util/exit_code.h"

enum { LIST_TURN = 256 }; /* bans, then the loop serves others */

/* An answer that goes out when the ledger has written up to the ticket. */
struct waiting {
	struct waiting *next;
	struct control_reply *reply;
	json_t *answer;
	uint64_t ticket;
};

/* `list` on its way: the bans as they were when it was asked for. */
struct listing {
	struct daemon *daemon;
	uint64_t generation;
	struct ban *bans;
	uint32_t n, done;
};

static int list_more(void *state, struct control_reply *reply)
{
	struct listing *listing = state;

	/* a ban knows its jail and rule by number */
	if (listing->generation != listing->daemon->generation) {
		control_reply_add(reply,
				  json_pack("{s:b, s:s, s:i}", "ok", 0, "error",
					    "the configuration has changed meanwhile: ask again",
					    "exit", EXIT_ENVIRONMENT));
		return 0;
	}
	for (unsigned i = 0; i < LIST_TURN && listing->done < listing->n; i++)
		if (control_reply_add(reply, answer_ban(listing->daemon,
							&listing->bans[listing->done++])) < 0)
			return 0;
	if (listing->done < listing->n)
		return 1;
	control_reply_add(reply,
			  json_pack("{s:b, s:o, s:o}", "ok", 1, "now", answer_time(daemon_now()),
				    "bans", answer_count(listing->n)));
	return 0;
}

static void list_end(void *state)
{
	struct listing *listing = state;

	free(listing->bans);
	free(listing);
}

static void list(struct daemon *daemon, struct control_reply *reply)
{
	const struct bans *bans = engine_bans(daemon->engine);
	struct listing *listing = calloc(1, sizeof(*listing));

	if (listing)
		listing->bans = calloc(bans_count(bans) + 1U, sizeof(*listing->bans));
	if (!listing || !listing->bans) {
		free(listing);
		control_reply_refuse(reply, EXIT_ENVIRONMENT, "no memory for the list");
		return;
	}
	listing->daemon = daemon;
	listing->generation = daemon->generation;
	listing->n = bans_count(bans);
	for (uint32_t i = 0; i < listing->n; i++)
		listing->bans[i] = *bans_at(bans, i);
	control_reply_pull(reply, list_more, list_end, listing);
}

static bool is_first_of_blocker(const struct daemon *daemon, uint32_t jail)
{
	for (uint32_t j = 0; j < jail; j++)
		if (daemon->jail_confs[j]->blocker_index == daemon->jail_confs[jail]->blocker_index)
			return false;
	return true;
}

static void refuse_unwritten(struct control_reply *reply)
{
	control_reply_refuse(
		reply, EXIT_ENVIRONMENT,
		"done, but the ledger cannot be written: a restart may undo it (relaydam status)");
}

/* Goes out when it is on the disk, or cannot be. */
static void answer_later(struct daemon *daemon, struct control_reply *reply, json_t *answer)
{
	struct waiting *waiting = daemon->ledger ? calloc(1, sizeof(*waiting)) : NULL;

	if (!waiting) {
		control_reply_add(reply, answer);
		control_reply_end(reply);
		return;
	}
	ledger_turn(daemon->ledger, daemon_now());
	if (ledger_counts(daemon->ledger).failing) {
		free(waiting);
		json_decref(answer);
		refuse_unwritten(reply);
		return;
	}
	*waiting = (struct waiting){ .next = daemon->waiting,
				     .reply = reply,
				     .answer = answer,
				     .ticket = ledger_commit(daemon->ledger) };
	daemon->waiting = waiting;
}

static void answers_unwritten(struct daemon *daemon)
{
	while (daemon->waiting) {
		struct waiting *waiting = daemon->waiting;

		daemon->waiting = waiting->next;
		json_decref(waiting->answer);
		refuse_unwritten(waiting->reply);
		free(waiting);
	}
	unban_unwritten(daemon);
}

void answers_committed(struct daemon *daemon, uint64_t ticket)
{
	struct waiting **link = &daemon->waiting;

	while (*link) {
		struct waiting *waiting = *link;

		if (waiting->ticket > ticket) {
			link = &waiting->next;
			continue;
		}
		*link = waiting->next;
		control_reply_add(waiting->reply, waiting->answer);
		control_reply_end(waiting->reply);
		free(waiting);
	}
	unban_committed(daemon, ticket);
	if (daemon->ledger && ledger_counts(daemon->ledger).failing)
		answers_unwritten(daemon);
}

void answers_end(struct daemon *daemon)
{
	unban_end(daemon);
	while (daemon->waiting) {
		struct waiting *waiting = daemon->waiting;

		daemon->waiting = waiting->next;
		json_decref(waiting->answer);
		control_reply_refuse(waiting->reply, EXIT_ENVIRONMENT,
				     "the daemon ends; it may not be on the disk: ask again");
		free(waiting);
	}
}

/* Is it the jail of that name, or without a name the first of its blocker? */
static bool is_meant(const struct daemon *daemon, const char *name, uint32_t jail)
{
	return name ? strcmp(name, daemon->jails[jail].name) == 0
		    : is_first_of_blocker(daemon, jail);
}

/* All of the prefix, or nothing: its first address alone is not what was asked for. Returns an exit code, and why. */
static int check_ban(const struct daemon *daemon, const char *name, const struct prefix *asked,
		     char why[static CONTROL_ERROR])
{
	bool known = false;

	if (ignore_ip_touches(daemon->ignore, asked)) {
		snprintf(why, CONTROL_ERROR, "it is in ignoreip, or one of this machine's own");
		return EXIT_NO;
	}
	for (uint32_t j = 0; j < daemon->jails_n; j++) {
		const struct jail *jail = &daemon->jails[j];
		struct prefix widest = prefix_of(&asked->addr, jail->prefix4, jail->prefix6);

		if (!is_meant(daemon, name, j))
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
		if (engine_prefix(daemon->engine, &asked->addr, j).bits > asked->bits) {
			snprintf(why, CONTROL_ERROR,
				 "clients in it are spared, or in ignoreip: ban single addresses");
			return EXIT_NO;
		}
	}
	if (known)
		return EXIT_DONE;
	snprintf(why, CONTROL_ERROR, "there is no such jail: relaydam status");
	return EXIT_NO;
}

static size_t ban_in(struct daemon *daemon, const char *name, const struct addr *addr,
		     int64_t duration, int64_t uid, struct ban made[static CONFIG_JAILS])
{
	size_t n = 0;

	for (uint32_t j = 0; j < daemon->jails_n; j++) {
		struct ban ban = { .jail = j, .since = daemon_now(), .rule = BANS_BY_WORD };

		if (!is_meant(daemon, name, j))
			continue;
		ban.prefix = engine_prefix(daemon->engine, addr, j);
		ban.until = ban.since + (duration ? duration : daemon->jails[j].bantime);
		if (daemon_ban(daemon, &ban, uid) == 0)
			made[n++] = ban;
	}
	return n;
}

static void ban(struct daemon *daemon, const json_t *request, int64_t uid,
		struct control_reply *reply)
{
	const char *name = json_string_value(json_object_get(request, "jail"));
	struct ban made[CONFIG_JAILS];
	char why[CONTROL_ERROR];
	struct prefix asked;
	int64_t duration = 0;
	json_t *bans;
	size_t n;
	int code;

	control_request_prefix(request, &asked);
	control_request_for(request, &duration);
	code = check_ban(daemon, name, &asked, why);
	if (code != EXIT_DONE) {
		control_reply_refuse(reply, code, why);
		return;
	}
	n = ban_in(daemon, name, &asked.addr, duration, uid, made);
	daemon_act(daemon);
	if (n == 0) {
		control_reply_refuse(reply, EXIT_ENVIRONMENT,
				     "the ledger takes nothing more: relaydam status");
		return;
	}
	/* now that the kernel was told: the answer says whether it holds them */
	bans = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(bans, answer_ban(daemon, &made[i]));
	answer_later(daemon, reply,
		     json_pack("{s:b, s:o, s:o}", "ok", 1, "now", answer_time(daemon_now()), "bans",
			       bans));
}

/* Of a configuration with more, the first: `relaydam check` has them all. */
enum { PROBLEMS_TOLD = 50 };

struct told {
	json_t *errors, *warnings;
};

static void tell_problem(void *context, bool is_warning, const char *text)
{
	const struct told *told = context;
	json_t *array = is_warning ? told->warnings : told->errors;

	if (json_array_size(array) < PROBLEMS_TOLD)
		json_array_append_new(array, answer_text(span_of(text)));
}

static void reload(struct daemon *daemon, struct control_reply *reply)
{
	struct told told = { json_array(), json_array() };
	struct diagnostics *problems = NULL;
	int r = diagnostics_new(&problems);

	if (r == 0) {
		r = daemon_reload(daemon, problems);
		diagnostics_each(problems, tell_problem, &told);
	}
	if (r < 0)
		control_reply_add(
			reply, json_pack("{s:b, s:s, s:O, s:i}", "ok", 0, "error",
					 "the configuration is wrong, the old one stays in force",
					 "errors", told.errors, "exit", EXIT_CONFIG));
	else
		control_reply_add(reply,
				  json_pack("{s:b, s:s, s:o, s:o, s:O}", "ok", 1, "config",
					    daemon->config->path, "rules",
					    answer_count(filters_rules(daemon->config->filters)),
					    "jails", answer_count(daemon->jails_n), "warnings",
					    told.warnings));
	control_reply_end(reply);
	diagnostics_free(problems);
	json_decref(told.errors);
	json_decref(told.warnings);
}

static void fuse(struct daemon *daemon, const json_t *request, int64_t uid,
		 struct control_reply *reply)
{
	const char *name = json_string_value(json_object_get(request, "rule"));
	const struct rule *rule = name ? filters_find(daemon->config->filters, "", name) : NULL;

	if (!name) {
		control_reply_add(reply, json_pack("{s:b, s:o, s:o}", "ok", 1, "now",
						   answer_time(daemon_now()), "fuses",
						   answer_fuses(daemon)));
		control_reply_end(reply);
	} else if (!rule) {
		control_reply_refuse(reply, EXIT_NO, "there is no such rule: relaydam fuse");
	} else if (engine_fuse(daemon->engine, rule->index)->why == FUSE_WHOLE) {
		control_reply_refuse(reply, EXIT_NO, "that rule's fuse is whole");
	} else {
		enforce_mend(daemon, rule, uid);
		answer_later(daemon, reply, json_pack("{s:b}", "ok", 1));
	}
}

void answers_handle(void *context, const json_t *request, const struct ucred *peer,
		    struct control_reply *reply)
{
	struct daemon *daemon = context;
	const char *command = json_string_value(json_object_get(request, "command"));
	struct prefix prefix;

	if (strcmp(command, "status") == 0) {
		control_reply_add(reply, control_request_prefix(request, &prefix)
						 ? answer_status_of(daemon, &prefix)
						 : answer_status(daemon));
		control_reply_end(reply);
	} else if (strcmp(command, "list") == 0) {
		list(daemon, reply);
	} else if (strcmp(command, "ban") == 0) {
		ban(daemon, request, peer->uid, reply);
	} else if (strcmp(command, "unban") == 0) {
		unban_ask(daemon, request, peer->uid, reply);
	} else if (strcmp(command, "fuse") == 0) {
		fuse(daemon, request, peer->uid, reply);
	} else {
		reload(daemon, reply);
	}
}
