/* SPDX-License-Identifier: MIT */
/* What went in and what came out, and what is wrong. */
#include <unistd.h>

#include "health.h"
#include "json_value.h"
#include "net/tcp_counts.h"
#include "util/units.h"

enum { WOULD_DAYS = 28 };

#ifndef VERSION
#define VERSION "0"
#endif

static json_t *unknown_programs(const struct daemon *daemon)
{
	const struct program_count *programs;
	size_t n = filters_programs(daemon->config->filters, &programs);
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		if (!programs[i].known && programs[i].lines > 0)
			json_array_append_new(array,
					      json_pack("{s:o, s:o}", "program",
							answer_text(programs[i].name), "lines",
							answer_count(programs[i].lines)));
	return array;
}

static json_t *rules(const struct daemon *daemon)
{
	const struct filters *filters = daemon->config->filters;
	json_t *array = json_array();

	for (size_t i = 0; i < filters_rules(filters); i++) {
		const struct rule *rule = filters_rule(filters, i);
		uint64_t hits = client_stats_rule_hits(daemon->tally, i);

		if (hits > 0 || rule->gave_up > 0)
			json_array_append_new(
				array, json_pack("{s:s, s:s, s:o, s:o}", "filter", rule->filter,
						 "name", rule->name, "hits", answer_count(hits),
						 "gave_up", answer_count(rule->gave_up)));
	}
	return array;
}

static json_t *jails(const struct daemon *daemon)
{
	const struct bans *bans = engine_bans(daemon->engine);
	uint64_t in_force[CONFIG_JAILS] = { 0 };
	json_t *array = json_array();

	for (uint32_t i = 0; i < bans_count(bans); i++)
		in_force[bans_at(bans, i)->jail]++;
	for (uint32_t j = 0; j < daemon->jails_n; j++)
		json_array_append_new(
			array,
			json_pack("{s:s, s:o, s:o, s:s, s:b, s:b}", "name", daemon->jails[j].name,
				  "bans", answer_count(client_stats_jail_bans(daemon->tally, j)),
				  "in_force", answer_count(in_force[j]), "when",
				  daemon->jails[j].when_busy ? "busy" : "always", "acts",
				  engine_acts(daemon->engine, j), "spares",
				  daemon->jails[j].spare));
	return array;
}

static json_t *sources(const struct daemon *daemon)
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
				  "state", feed_state(feed), "lines", answer_count(feed->lines),
				  "lag_bytes", answer_count(feed_lag(feed)), "lag_seconds",
				  (double)feed_lag_time(feed) / (double)UNITS_SECOND, "lost",
				  answer_count(feed_lost(feed)), "place", place));
	}
	return array;
}

static json_t *blocker(const struct daemon *daemon, size_t i, uint64_t *not_in_kernel)
{
	const struct blocker_conf *conf = daemon->blockers[i]->conf;
	struct block_list_counts c = block_list_counts(daemon->blocked[i]);
	uint64_t waiting = (uint64_t)c.waiting[0] + c.waiting[1];
	struct tcp_counts_read sockets;

	*not_in_kernel += waiting;
	tcp_counts_read(conf->ports, conf->ports_n, &sockets);
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "name", conf->name,
			 "type", blocker_type_name(conf->type), "list", conf->list, "state",
			 c.away[0] || c.away[1] ? daemon->blockers[i]->trouble : "ok", "entries",
			 answer_count((uint64_t)c.held[0] + c.held[1]), "capacity",
			 answer_count(c.slots[0]), "not_in_kernel", answer_count(waiting),
			 "sessions", answer_count(sockets.sessions), "busy",
			 answer_count(sockets.sessions - sockets.waiting));
}

static json_t *blockers(const struct daemon *daemon, uint64_t *not_in_kernel)
{
	json_t *array = json_array();

	for (size_t i = 0; i < daemon->blockers_n; i++)
		json_array_append_new(array, blocker(daemon, i, not_in_kernel));
	return array;
}

static json_t *ledger(const struct daemon *daemon)
{
	struct ledger_counts counts;

	if (!daemon->ledger)
		return json_pack("{s:s}", "state", "none");
	counts = ledger_counts(daemon->ledger);
	return json_pack("{s:s, s:o, s:o}", "state",
			 counts.failing ? "cannot be written: is the disk full?" : "ok", "queued",
			 answer_count(counts.queued), "failed",
			 answer_count(counts.missed + counts.refused));
}

static json_t *cuts(const struct daemon *daemon)
{
	json_t *array = json_array();

	for (enum cut_outcome i = 0; i < CUT_OUTCOMES; i++)
		json_array_append_new(
			array, json_pack("{s:s, s:o}", "outcome", cut_outcome_name(i), "cuts",
					 answer_count(cut_control_count(daemon->cutting, i))));
	return array;
}

json_t *answer_fuses(const struct daemon *daemon)
{
	const struct filters *filters = daemon->config->filters;
	json_t *array = json_array();

	for (size_t i = 0; i < filters_rules(filters); i++) {
		const struct rule *rule = filters_rule(filters, i);
		const struct fuse_state *state = engine_fuse(daemon->engine, i);

		if (state->why != FUSE_WHOLE)
			json_array_append_new(
				array,
				json_pack("{s:o, s:s, s:o, s:o, s:o}", "rule",
					  json_sprintf("%s/%s", rule->filter, rule->name), "why",
					  state->why == FUSE_SPARED ? "spared" : "rate", "since",
					  answer_time(state->since), "bans",
					  answer_count(state->bans), "spared",
					  answer_count(state->spared)));
	}
	return array;
}

/* The last weeks' bans that were not carried out, and the mails that they would have delayed. */
static json_t *would(const struct daemon *daemon)
{
	static const char *const names[LEDGER_WOULDS] = { "", "fuse", "busy", "dry run" };
	struct ledger_sum sums[LEDGER_WOULDS];
	json_t *array = json_array();

	if (!daemon->ledger ||
	    ledger_sums(daemon->ledger, daemon_now() - WOULD_DAYS * 86400 * INT64_C(1000000),
			sums) < 0)
		return array;
	for (int i = LEDGER_FUSE; i < LEDGER_WOULDS; i++)
		if (sums[i].bans > 0)
			json_array_append_new(
				array, json_pack("{s:s, s:o, s:o, s:o, s:o}", "why", names[i],
						 "bans", answer_count(sums[i].bans), "clients",
						 answer_count(sums[i].clients), "delivered",
						 answer_count(sums[i].delivered), "mails",
						 answer_count(sums[i].mails)));
	return array;
}

static json_t *spared(const struct daemon *daemon)
{
	const struct spare *spare = engine_spare(daemon->engine);

	return json_pack("{s:o, s:o, s:o}", "clients", answer_count(spare_count(spare)), "capacity",
			 answer_count(spare_capacity(spare)), "evicted",
			 answer_count(spare_evicted(spare)));
}

static json_t *warnings(const struct daemon *daemon)
{
	struct health health;
	json_t *array = json_array();

	health_look(daemon, &health);
	for (unsigned i = 0; i < HEALTH_WARNINGS; i++)
		if (health.text[i][0])
			json_array_append_new(array, answer_text(span_of(health.text[i])));
	if (*cut_control_lacks(daemon->cutting))
		json_array_append_new(array, json_string(cut_control_lacks(daemon->cutting)));
	if (cut_control_blind(daemon->cutting))
		json_array_append_new(array, json_string("the sessions of banned clients are not "
							 "found: " CUT_ADVICE));
	return array;
}

static json_t *table(const struct daemon *daemon)
{
	struct engine_losses losses = engine_losses(daemon->engine);
	uint32_t room, clients = engine_watched(daemon->engine, &room);

	return json_pack("{s:o, s:o, s:o}", "clients", answer_count(clients), "capacity",
			 answer_count(room), "evicted", answer_count(engine_evicted(&losses)));
}

static json_t *loop(const struct daemon *daemon)
{
	return json_pack("{s:f, s:f, s:o}", "longest_ms", (double)daemon->pause.wall / 1000,
			 "longest_cpu_ms", (double)daemon->pause.cpu / 1000, "over_10ms",
			 answer_count(daemon->pause.long_ones));
}

json_t *answer_status(const struct daemon *daemon)
{
	struct engine_counts c = engine_counts(daemon->engine);
	uint64_t waiting = 0;
	json_t *object = json_object(), *list = blockers(daemon, &waiting);

	json_object_set_new(object, "ok", json_true());
	json_object_set_new(object, "now", answer_time(daemon_now()));
	json_object_set_new(object, "version", json_string(VERSION));
	json_object_set_new(object, "pid", json_integer(getpid()));
	json_object_set_new(object, "since", answer_time(daemon->started));
	json_object_set_new(object, "config", json_string(daemon->config->path));
	json_object_set_new(object, "dry_run", json_boolean(daemon_is_dry(daemon)));
	json_object_set_new(object, "lines", answer_count(c.lines));
	json_object_set_new(object, "records", answer_count(c.records));
	json_object_set_new(object, "hits", answer_count(c.hits));
	json_object_set_new(object, "bans", answer_count(c.bans));
	json_object_set_new(object, "stopped", answer_count(c.stopped));
	json_object_set_new(object, "accepted", answer_count(c.accepted));
	json_object_set_new(object, "torn", answer_count(engine_losses(daemon->engine).torn));
	json_object_set_new(object, "bans_in_force",
			    answer_count(bans_count(engine_bans(daemon->engine))));
	json_object_set_new(object, "not_in_kernel", answer_count(waiting));
	json_object_set_new(object, "lines_per_second", json_real(daemon->lines_per_second));
	json_object_set_new(object, "unknown", unknown_programs(daemon));
	json_object_set_new(object, "rules", rules(daemon));
	json_object_set_new(object, "jails", jails(daemon));
	json_object_set_new(object, "table", table(daemon));
	json_object_set_new(object, "loop", loop(daemon));
	json_object_set_new(object, "sources", sources(daemon));
	json_object_set_new(object, "blockers", list);
	json_object_set_new(object, "ledger", ledger(daemon));
	json_object_set_new(object, "cuts", cuts(daemon));
	json_object_set_new(object, "fuses", answer_fuses(daemon));
	json_object_set_new(object, "would", would(daemon));
	if (engine_spare(daemon->engine))
		json_object_set_new(object, "spared", spared(daemon));
	json_object_set_new(object, "warnings", warnings(daemon));
	return object;
}
