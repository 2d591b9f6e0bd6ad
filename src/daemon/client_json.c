/* SPDX-License-Identifier: MIT */
/* What is known of one client: bans with their lines, windows, earlier bans. */
#include "client_json.h"

#include <string.h>

#include "daemon_state.h"
#include "engine/client_stats.h"
#include "engine/engine_bans.h"
#include "json_value.h"
#include "ledger/ledger.h"
#include "policy.h"
#include "recent_lines.h"
#include "util/time_units.h"

/* BANS: each one costs a query of the ledger, while the loop serves nobody else. */
enum { RECENT = 20, EARLIER = 20, BANS = 20 };

static bool in_kernel(const struct daemon *daemon, const struct ban *ban)
{
	const struct block_list *list = policy_block_list(daemon->policy, ban->jail);

	return block_list_ask(list, &ban->prefix.addr, NULL) == BLOCK_LIST_HELD;
}

struct found {
	const struct daemon *daemon;
	const struct ban *ban;
	json_t *object;
};

static int take_line(void *context, const struct ledger_hit *line)
{
	json_array_append_new(context, json_text(line->line));
	return 0;
}

/* Is it the same line, perhaps cut? */
static bool same_line(const json_t *whole, const json_t *part)
{
	size_t n = json_string_length(part);

	return n > 0 && n <= json_string_length(whole) &&
	       memcmp(json_string_value(whole), json_string_value(part), n) == 0;
}

/*
 * The lines that made a ban, in their order. The ledger lists the deciding line first, in full; usually it is the last hit as
 * well.
 */
static json_t *lines_of(const struct daemon *daemon, int64_t id)
{
	json_t *lines = json_array();
	json_t *tipped, *last;

	ledger_lines(daemon->ledger, id, take_line, lines);
	tipped = json_array_get(lines, 0);
	last = json_array_get(lines, json_array_size(lines) - 1);
	if (json_array_size(lines) > 1 && same_line(tipped, last)) {
		json_array_set(lines, json_array_size(lines) - 1, tipped);
		json_array_remove(lines, 0);
	}
	return lines;
}

static int take_written(void *context, const struct ledger_ban *written)
{
	struct found *found = context;

	if (written->since != found->ban->since ||
	    !span_equal(written->jail,
			span_of(found->daemon->policy->jails[found->ban->jail].name)))
		return 0;
	json_object_set_new(found->object, "lines", lines_of(found->daemon, written->id));
	return 1;
}

json_t *client_json_ban(const struct daemon *daemon, const struct ban *ban)
{
	char prefix[PREFIX_TEXT];
	json_t *object = json_object();

	json_object_set_new(object, "addr", json_string(prefix_short(&ban->prefix, prefix)));
	json_object_set_new(object, "prefix", json_string(prefix_format(&ban->prefix, prefix)));
	json_object_set_new(object, "jail", json_string(daemon->policy->jails[ban->jail].name));
	json_object_set_new(object, "since", json_time(ban->since));
	json_object_set_new(object, "until", json_time(ban->until));
	json_object_set_new(object, "in_kernel", json_boolean(in_kernel(daemon, ban)));
	json_object_set_new(object, "hits", json_count(ban->hits));
	json_object_set_new(object, "by",
			    json_string(ban->rule == BANS_MANUAL ? "command" : "rule"));
	if (ban->would != WOULD_NOT)
		json_object_set_new(object, "would", json_string(would_name(ban->would)));
	if (ban->rule != BANS_MANUAL) {
		const struct rule *rule = filters_rule(daemon->policy->config->filters, ban->rule);

		json_object_set_new(object, "rule", json_string(rule->name));
		json_object_set_new(object, "filter", json_string(rule->filter));
	}
	return object;
}

/* Lines that are still in memory, where the ledger does not have them yet, or there is no ledger. */
static void add_recent_lines(const struct daemon *daemon, const struct ban *ban, json_t *object)
{
	struct recent_line lines[LEDGER_HITS];
	size_t n = recent_lines_of(daemon->recent, &ban->prefix, lines, LEDGER_HITS);
	json_t *array = json_array();

	for (size_t i = n; i-- > 0;)
		if (lines[i].time <= ban->since)
			json_array_append_new(array, json_text(lines[i].text));
	json_object_set_new(object, "lines", array);
}

static json_t *explained_ban(const struct daemon *daemon, const struct ban *ban)
{
	struct found found = { daemon, ban, client_json_ban(daemon, ban) };
	int r = 0;

	if (daemon->ledger)
		r = ledger_history(daemon->ledger, &ban->prefix, EARLIER, take_written, &found);
	if (r != 1)
		add_recent_lines(daemon, ban, found.object);
	return found.object;
}

static int take_earlier(void *context, const struct ledger_ban *written)
{
	int64_t until = written->until;

	if (written->end.how == LEDGER_IN_FORCE && written->until > daemon_now())
		return 0;
	/* a ban may end early, or be noticed late */
	if (written->end.how != LEDGER_IN_FORCE && written->end.time < until)
		until = written->end.time;
	json_array_append_new(context,
			      json_pack("{s:o, s:o, s:o, s:o, s:o}", "jail",
					json_text(written->jail), "rule", json_text(written->rule),
					"since", json_time(written->since), "until",
					json_time(until), "hits", json_count(written->hits)));
	return 0;
}

static json_t *windows(const struct daemon *daemon, const struct addr *addr)
{
	json_t *array = json_array();

	for (uint32_t j = 0; j < daemon->policy->jails_n; j++) {
		struct window_count there = engine_window(daemon->policy->engine, addr, j,
							  engine_last(daemon->policy->engine));

		if (there.hits == 0)
			continue;
		json_array_append_new(array,
				      json_pack("{s:s, s:o, s:o, s:o}", "jail",
						daemon->policy->jails[j].name, "hits",
						json_count(there.hits), "maxretry",
						json_count(daemon->policy->jails[j].rule.maxretry),
						"oldest", json_time(there.oldest)));
	}
	return array;
}

/* Is it spared, and why? NULL where nothing is known of it. */
static json_t *spared(const struct daemon *daemon, const struct addr *addr)
{
	const struct spare_conf *conf = &daemon->policy->config->spare;
	struct spare_client client;
	int64_t now = engine_last(daemon->policy->engine);

	if (now == 0)
		now = daemon_now();
	if (!engine_spare(daemon->policy->engine) ||
	    !spare_look(engine_spare(daemon->policy->engine), addr, &client))
		return NULL;
	return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "spared", now <= client.until,
			 "until", client.until == INT64_MIN ? json_null() : json_time(client.until),
			 "first", json_time(client.times[0]), "mails", json_count(client.mails),
			 "last", json_count(client.n), "delivered",
			 json_count((uint64_t)conf->delivered), "within_seconds",
			 json_count((uint64_t)(conf->within / UNITS_SECOND)), "factor",
			 json_count((uint64_t)conf->factor));
}

static json_t *recent_json(const struct daemon *daemon, const struct prefix *prefix)
{
	struct recent_line lines[RECENT];
	size_t n = recent_lines_of(daemon->recent, prefix, lines, RECENT);
	json_t *array = json_array();

	for (size_t i = n; i-- > 0;) {
		const struct rule *rule =
			filters_rule(daemon->policy->config->filters, lines[i].rule);

		json_array_append_new(array, json_pack("{s:o, s:s, s:o}", "time",
						       json_time(lines[i].time), "rule", rule->name,
						       "line", json_text(lines[i].text)));
	}
	return array;
}

/* Up to BANS of them; *more: the number of the others. */
static json_t *bans_of(const struct daemon *daemon, const struct prefix *prefix, uint64_t *more)
{
	const struct bans *bans = engine_bans(daemon->policy->engine);
	json_t *array = json_array();

	*more = 0;
	for (uint32_t i = 0; i < bans_count(bans); i++) {
		const struct ban *ban = bans_at(bans, i);

		if (!prefix_overlaps(&ban->prefix, prefix))
			continue;
		if (json_array_size(array) < BANS)
			json_array_append_new(array, explained_ban(daemon, ban));
		else
			++*more;
	}
	return array;
}

json_t *client_json(const struct daemon *daemon, const struct prefix *prefix)
{
	uint64_t more;
	json_t *object = json_object(), *earlier = json_array();
	json_t *bans = bans_of(daemon, prefix, &more);
	char client[PREFIX_TEXT];

	if (daemon->ledger)
		ledger_history(daemon->ledger, prefix, EARLIER, take_earlier, earlier);
	json_object_set_new(object, "ok", json_true());
	json_object_set_new(object, "now", json_time(daemon_now()));
	json_object_set_new(object, "addr", json_string(prefix_short(prefix, client)));
	json_object_set_new(object, "banned", json_boolean(json_array_size(bans) > 0));
	json_object_set_new(object, "ignored",
			    json_boolean(ignore_ip_has(daemon->policy->ignore, &prefix->addr)));
	json_object_set_new(object, "bans", bans);
	if (more > 0)
		json_object_set_new(object, "more", json_count(more));
	json_object_set_new(object, "spared", spared(daemon, &prefix->addr));
	json_object_set_new(object, "windows", windows(daemon, &prefix->addr));
	json_object_set_new(object, "recent", recent_json(daemon, prefix));
	json_object_set_new(object, "earlier", earlier);
	json_object_set_new(object, "accepted",
			    json_count(client_stats_mails(daemon->stats, &prefix->addr)));
	return object;
}
