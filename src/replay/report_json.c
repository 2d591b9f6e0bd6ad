/* SPDX-License-Identifier: MIT */
#include "report_json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/units.h"

void report_json_ban(const struct report *report, const struct ban_entry *ban)
{
	const struct rule *rule = filters_rule(report->run->config->filters, ban->rule);
	char since[TIME_TEXT], until[TIME_TEXT], addr[ADDR_TEXT], prefix[PREFIX_TEXT];
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "event", "ban",
				   "time", time_rfc3339(ban->time, since), "addr",
				   addr_format(&ban->addr, addr), "prefix",
				   prefix_format(&ban->prefix, prefix), "jail",
				   report->run->jails[ban->jail].name, "rule", rule->name, "filter",
				   rule->filter, "hits", (json_int_t)ban->hits, "until",
				   time_rfc3339(ban->until, until));

	if (report->in)
		json_object_set_new(object, "in", json_string(report->in));
	if (ban->would != WOULD_NOT)
		json_object_set_new(object, "would", json_string(would_name(ban->would)));
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

/* Two filters may have rules of the same name; then "FILTER/" is printed in front. */
static bool name_is_shared(const struct filters *filters, const struct rule *rule)
{
	for (size_t i = 0; i < filters_rules(filters); i++) {
		const struct rule *other = filters_rule(filters, i);

		if (other != rule && span_equal(span_of(other->name), span_of(rule->name)))
			return true;
	}
	return false;
}

static json_t *rules_json(const struct report *report)
{
	const struct filters *filters = report->run->config->filters;
	json_t *object = json_object();

	for (size_t i = 0; i < filters_rules(filters); i++) {
		const struct rule *rule = filters_rule(filters, i);
		uint64_t hits = client_stats_rule_hits(report->run->stats, i);
		char name[256];

		if (hits == 0)
			continue;
		if (name_is_shared(filters, rule))
			snprintf(name, sizeof(name), "%s/%s", rule->filter, rule->name);
		else
			snprintf(name, sizeof(name), "%s", rule->name);
		json_object_set_new(object, name, json_integer((json_int_t)hits));
	}
	return object;
}

static json_t *collateral_json(const struct report *report)
{
	struct client_stats_client *clients = calloc(REPORT_COLLATERAL, sizeof(*clients));
	json_t *array = json_array();
	size_t n = clients ? client_stats_collateral(report->run->stats, clients, REPORT_COLLATERAL)
			   : 0;

	for (size_t i = 0; i < n; i++) {
		char text[PREFIX_TEXT];

		json_array_append_new(array, json_pack("{s:s, s:I, s:I, s:I}", "addr",
						       prefix_short(&clients[i].client, text),
						       "before", (json_int_t)clients[i].before,
						       "during", (json_int_t)clients[i].during,
						       "after", (json_int_t)clients[i].after));
	}
	free(clients);
	return array;
}

static json_t *time_json(int64_t time)
{
	char buf[TIME_TEXT];

	return time ? json_string(time_rfc3339(time, buf)) : json_null();
}

void report_json_summary(const struct report *report)
{
	struct engine_counts counts = engine_counts(report->run->engine);
	struct engine_losses losses = engine_losses(report->run->engine);
	json_t *object = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:f, s:o, s:o}",
				   "event", "summary", "lines", (json_int_t)counts.lines, "records",
				   (json_int_t)counts.records, "hits", (json_int_t)counts.hits,
				   "bans", (json_int_t)counts.bans, "clients",
				   (json_int_t)client_stats_clients(report->run->stats), "evicted",
				   (json_int_t)engine_evicted(&losses), "first",
				   time_json(engine_first(report->run->engine)), "last",
				   time_json(engine_last(report->run->engine)), "elapsed_s",
				   report->elapsed, "rules", rules_json(report), "collateral",
				   collateral_json(report));

	if (report->in)
		json_object_set_new(object, "in", json_string(report->in));
	json_object_set_new(object, "stopped", json_integer((json_int_t)counts.stopped));
	json_object_set_new(object, "unknown", json_integer((json_int_t)counts.unknown));
	json_object_set_new(object, "outside", json_integer((json_int_t)counts.outside));
	json_object_set_new(object, "ignored", json_integer((json_int_t)counts.ignored));
	json_object_set_new(object, "accepted", json_integer((json_int_t)counts.accepted));
	if (counts.spared > 0)
		json_object_set_new(object, "spared", json_integer((json_int_t)counts.spared));
	if (counts.would > 0)
		json_object_set_new(object, "would", json_integer((json_int_t)counts.would));
	json_object_set_new(object, "gave_up", json_integer((json_int_t)losses.gave_up));
	json_object_set_new(object, "torn", json_integer((json_int_t)losses.torn));
	json_object_set_new(object, "cut_lines", json_integer((json_int_t)report->cut_lines));
	json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(object);
}
