/* SPDX-License-Identifier: MIT */
#include "status_json.h"

#include <stdio.h>
#include <unistd.h>

#include "cut_control.h"
#include "daemon_state.h"
#include "engine/client_stats.h"
#include "engine/engine_bans.h"
#include "health.h"
#include "json_value.h"
#include "ledger/ledger.h"
#include "loop.h"
#include "net/tcp_counts.h"
#include "policy.h"
#include "source_feed.h"
#include "tick.h"
#include "util/units.h"

enum { WOULD_DAYS = 28 };

#ifndef VERSION
#define VERSION "0"
#endif

static json_t *programs_json(const struct daemon *daemon)
{
	const struct program_count *programs;
	size_t n = filters_programs(daemon->policy->config->filters, &programs);
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		if (!programs[i].known && programs[i].lines > 0)
			json_array_append_new(array, json_pack("{s:o, s:o}", "program",
							       json_text(programs[i].name), "lines",
							       json_count(programs[i].lines)));
	return array;
}

static json_t *rules_json(const struct daemon *daemon)
{
	const struct filters *filters = daemon->policy->config->filters;
	json_t *array = json_array();

	for (size_t i = 0; i < filters_rules(filters); i++) {
		const struct rule *rule = filters_rule(filters, i);
		uint64_t hits = client_stats_rule_hits(daemon->stats, i);

		if (hits > 0 || rule->gave_up > 0)
			json_array_append_new(array, json_pack("{s:s, s:s, s:o, s:o}", "filter",
							       rule->filter, "name", rule->name,
							       "hits", json_count(hits), "gave_up",
							       json_count(rule->gave_up)));
	}
	return array;
}

static json_t *jails_json(const struct daemon *daemon)
{
	const struct bans *bans = engine_bans(daemon->policy->engine);
	uint64_t in_force[CONFIG_JAILS] = { 0 };
	json_t *array = json_array();

	for (uint32_t i = 0; i < bans_count(bans); i++)
		in_force[bans_at(bans, i)->jail]++;
	for (uint32_t j = 0; j < daemon->policy->jails_n; j++)
		json_array_append_new(
			array, json_pack("{s:s, s:o, s:o, s:s, s:b, s:b}", "name",
					 daemon->policy->jails[j].name, "bans",
					 json_count(client_stats_jail_bans(daemon->stats, j)),
					 "in_force", json_count(in_force[j]), "when",
					 daemon->policy->jails[j].when_busy ? "busy" : "always",
					 "acts", engine_jail_acts(daemon->policy->engine, j),
					 "spares", daemon->policy->jails[j].spare));
	return array;
}

static json_t *sources_json(const struct daemon *daemon)
{
	json_t *array = json_array();

	for (size_t i = 0; i < daemon->feeds_n; i++) {
		const struct feed *feed = daemon->feeds[i];
		struct ledger_mark mark;
		char place[LEDGER_CURSOR + 1] = "";

		if (feed_mark(feed, &mark) && feed->follow)
			snprintf(place, sizeof(place), "%llu",
				 (unsigned long long)mark.place.offset);
		json_array_append_new(
			array,
			json_pack("{s:s, s:s, s:o, s:o, s:f, s:o, s:s}", "name", feed->name,
				  "state", feed_state(feed), "lines", json_count(feed->lines),
				  "lag_bytes", json_count(feed_lag(feed)), "lag_seconds",
				  (double)feed_lag_time(feed) / (double)UNITS_SECOND, "lost",
				  json_count(feed_lost(feed)), "place", place));
	}
	return array;
}

static json_t *blocker_json(const struct daemon *daemon, size_t i, uint64_t *not_in_kernel)
{
	const struct blocker_conf *conf = daemon->policy->blockers[i]->conf;
	struct block_list_counts c = block_list_counts(daemon->policy->block_lists[i]);
	uint64_t waiting = (uint64_t)c.waiting[0] + c.waiting[1];
	struct tcp_counts sockets;

	*not_in_kernel += waiting;
	tcp_counts_read(conf->ports, conf->ports_n, &sockets);
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "name", conf->name,
			 "type", blocker_type_name(conf->type), "list", conf->list, "state",
			 c.missing[0] || c.missing[1] ? daemon->policy->blockers[i]->error : "ok",
			 "entries", json_count((uint64_t)c.held[0] + c.held[1]), "capacity",
			 json_count(c.capacity[0]), "not_in_kernel", json_count(waiting),
			 "sessions", json_count(sockets.sessions), "busy",
			 json_count(sockets.sessions - sockets.waiting));
}

static json_t *blockers_json(const struct daemon *daemon, uint64_t *not_in_kernel)
{
	json_t *array = json_array();

	for (size_t i = 0; i < daemon->policy->blockers_n; i++)
		json_array_append_new(array, blocker_json(daemon, i, not_in_kernel));
	return array;
}

static json_t *ledger_json(const struct daemon *daemon)
{
	struct ledger_counts counts;

	if (!daemon->ledger)
		return json_pack("{s:s}", "state", "none");
	counts = ledger_counts(daemon->ledger);
	return json_pack("{s:s, s:o, s:o}", "state",
			 counts.failing ? "cannot be written: is the disk full?" : "ok", "queued",
			 json_count(counts.queued), "failed",
			 json_count(counts.missed + counts.refused));
}

static json_t *cuts_json(const struct daemon *daemon)
{
	json_t *array = json_array();

	for (enum cut_outcome i = 0; i < CUT_OUTCOMES; i++)
		json_array_append_new(
			array, json_pack("{s:s, s:o}", "outcome", cut_outcome_name(i), "cuts",
					 json_count(cut_control_count(daemon->cuts, i))));
	return array;
}

json_t *status_json_fuses(const struct daemon *daemon)
{
	const struct filters *filters = daemon->policy->config->filters;
	json_t *array = json_array();

	for (size_t i = 0; i < filters_rules(filters); i++) {
		const struct rule *rule = filters_rule(filters, i);
		const struct fuse_state *state = engine_fuse(daemon->policy->engine, i);

		if (state->why != FUSE_WHOLE)
			json_array_append_new(
				array,
				json_pack("{s:o, s:s, s:o, s:o, s:o}", "rule",
					  json_sprintf("%s/%s", rule->filter, rule->name), "why",
					  state->why == FUSE_SPARED ? "spared" : "rate", "since",
					  json_time(state->since), "bans", json_count(state->bans),
					  "spared", json_count(state->spared)));
	}
	return array;
}

/* Bans of the last weeks that were only reported, and the mails that they would have delayed. */
static json_t *would_json(const struct daemon *daemon)
{
	static const char *const names[LEDGER_WOULDS] = { "", "fuse", "busy", "dry run" };
	struct ledger_sum sums[LEDGER_WOULDS];
	json_t *array = json_array();

	if (!daemon->ledger ||
	    ledger_sums(daemon->ledger, daemon_now() - WOULD_DAYS * UNITS_DAY, sums) < 0)
		return array;
	for (int i = LEDGER_FUSE; i < LEDGER_WOULDS; i++)
		if (sums[i].bans > 0)
			json_array_append_new(array,
					      json_pack("{s:s, s:o, s:o, s:o, s:o}", "why",
							names[i], "bans", json_count(sums[i].bans),
							"clients", json_count(sums[i].clients),
							"delivered", json_count(sums[i].delivered),
							"mails", json_count(sums[i].mails)));
	return array;
}

static json_t *spared_json(const struct daemon *daemon)
{
	const struct spare *spare = engine_spare(daemon->policy->engine);

	return json_pack("{s:o, s:o, s:o}", "clients", json_count(spare_count(spare)), "capacity",
			 json_count(spare_capacity(spare)), "evicted",
			 json_count(spare_evicted(spare)));
}

static json_t *warnings_json(const struct daemon *daemon)
{
	struct health health;
	json_t *array = json_array();

	health_look(daemon, &health);
	for (unsigned i = 0; i < HEALTH_WARNINGS; i++)
		if (health.text[i][0])
			json_array_append_new(array, json_text(span_of(health.text[i])));
	if (*cut_control_lacks(daemon->cuts))
		json_array_append_new(array, json_string(cut_control_lacks(daemon->cuts)));
	if (cut_control_blind(daemon->cuts))
		json_array_append_new(array, json_string("the sessions of banned clients are not "
							 "found: " CUT_ADVICE));
	return array;
}

static json_t *table_json(const struct daemon *daemon)
{
	struct engine_losses losses = engine_losses(daemon->policy->engine);
	uint32_t room, clients = engine_watched(daemon->policy->engine, &room);

	return json_pack("{s:o, s:o, s:o}", "clients", json_count(clients), "capacity",
			 json_count(room), "evicted", json_count(engine_evicted(&losses)));
}

static json_t *loop_json(const struct daemon *daemon)
{
	struct loop_pauses pauses = loop_pauses(daemon->loop);

	return json_pack("{s:f, s:f, s:o}", "longest_ms", (double)pauses.wall / 1000,
			 "longest_cpu_ms", (double)pauses.cpu / 1000, "over_10ms",
			 json_count(pauses.long_ones));
}

json_t *status_json(const struct daemon *daemon)
{
	struct engine_counts c = engine_counts(daemon->policy->engine);
	uint64_t waiting = 0;
	json_t *object = json_object(), *list = blockers_json(daemon, &waiting);

	json_object_set_new(object, "ok", json_true());
	json_object_set_new(object, "now", json_time(daemon_now()));
	json_object_set_new(object, "version", json_string(VERSION));
	json_object_set_new(object, "pid", json_integer(getpid()));
	json_object_set_new(object, "since", json_time(daemon->started));
	json_object_set_new(object, "config", json_string(daemon->policy->config->path));
	json_object_set_new(object, "dry_run", json_boolean(daemon_is_dry(daemon)));
	json_object_set_new(object, "lines", json_count(c.lines));
	json_object_set_new(object, "records", json_count(c.records));
	json_object_set_new(object, "hits", json_count(c.hits));
	json_object_set_new(object, "bans", json_count(c.bans));
	json_object_set_new(object, "stopped", json_count(c.stopped));
	json_object_set_new(object, "accepted", json_count(c.accepted));
	json_object_set_new(object, "torn", json_count(engine_losses(daemon->policy->engine).torn));
	json_object_set_new(object, "bans_in_force",
			    json_count(bans_count(engine_bans(daemon->policy->engine))));
	json_object_set_new(object, "not_in_kernel", json_count(waiting));
	json_object_set_new(object, "lines_per_second",
			    json_real(tick_lines_per_second(daemon->tick)));
	json_object_set_new(object, "unknown", programs_json(daemon));
	json_object_set_new(object, "rules", rules_json(daemon));
	json_object_set_new(object, "jails", jails_json(daemon));
	json_object_set_new(object, "table", table_json(daemon));
	json_object_set_new(object, "loop", loop_json(daemon));
	json_object_set_new(object, "sources", sources_json(daemon));
	json_object_set_new(object, "blockers", list);
	json_object_set_new(object, "ledger", ledger_json(daemon));
	json_object_set_new(object, "cuts", cuts_json(daemon));
	json_object_set_new(object, "fuses", status_json_fuses(daemon));
	json_object_set_new(object, "would", would_json(daemon));
	if (engine_spare(daemon->policy->engine))
		json_object_set_new(object, "spared", spared_json(daemon));
	json_object_set_new(object, "warnings", warnings_json(daemon));
	return object;
}
