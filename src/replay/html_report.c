/* SPDX-License-Identifier: MIT */
#include "replay/html_report.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/units.h"

enum { TOP = 25, COLLATERAL = 500 };

/* The page, html_report.html, is linked into the program. */
__asm__(".section .rodata\n"
	"page_html:\n"
	".incbin \"src/replay/html_report.html\"\n"
	"page_html_end:\n"
	".balign 8\n"
	"page_html_size: .quad page_html_end - page_html\n"
	".previous\n");
extern const char page_html[];
extern const uint64_t page_html_size;

static const char placeholder[] = "@DATA@";

static json_t *json_count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* Milliseconds, the unit of JavaScript. */
static json_t *milliseconds(int64_t us)
{
	return json_integer(us / 1000);
}

static json_t *bins_json(const struct time_series *series, enum time_series_kind kind)
{
	json_t *array = json_array();

	for (size_t i = 0; i < time_series_bins(series); i++)
		json_array_append_new(array, json_count(time_series_at(series, kind, i)));
	return array;
}

static json_t *series_json(const struct time_series *series)
{
	json_t *object = json_object();
	bool any = time_series_bins(series) > 0;

	json_object_set_new(object, "start", milliseconds(any ? time_series_start(series) : 0));
	json_object_set_new(object, "width",
			    milliseconds(any ? time_series_width(series) : UNITS_SECOND));
	json_object_set_new(object, "hits", bins_json(series, TIME_SERIES_HITS));
	json_object_set_new(object, "stopped", bins_json(series, TIME_SERIES_STOPPED));
	json_object_set_new(object, "bans", bins_json(series, TIME_SERIES_BANS));
	json_object_set_new(object, "accepted", bins_json(series, TIME_SERIES_ACCEPTED));
	return object;
}

/* The offsets from UTC of the log's time zone, each with the hour from which it applies. */
static json_t *zone_offsets(const struct replay_run *run)
{
	const struct zone *zone = &run->config->zone;
	int64_t hour = 3600 * UNITS_SECOND, last = engine_last(run->engine), known = INT64_MIN;
	json_t *array = json_array();

	for (int64_t t = engine_first(run->engine) / hour * hour; t <= last; t += hour) {
		int64_t offset = time_offset(t, zone);

		if (offset == known)
			continue;
		known = offset;
		json_array_append_new(array,
				      json_pack("[o, o]", milliseconds(t), milliseconds(offset)));
	}
	return array;
}

static json_t *counts_json(const struct replay_run *run)
{
	struct engine_counts counts = engine_counts(run->engine);
	struct client_stats_cost cost = client_stats_cost(run->stats);

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "lines",
			 json_count(counts.lines), "hits", json_count(counts.hits), "stopped",
			 json_count(counts.stopped), "bans", json_count(counts.bans), "accepted",
			 json_count(counts.accepted), "clients",
			 json_count(client_stats_clients(run->stats)), "banned_clients",
			 json_count(client_stats_banned_clients(run->stats)), "relays",
			 json_count(cost.relays), "delayed", json_count(cost.delayed));
}

static json_t *jails_json(const struct replay_run *run)
{
	json_t *array = json_array();

	for (uint32_t j = 0; j < run->jails_n; j++)
		json_array_append_new(array, json_pack("{s:s}", "name", run->jails[j].name));
	return array;
}

static json_t *rules_json(const struct replay_run *run)
{
	const struct filters *filters = run->config->filters;
	json_t *array = json_array();

	for (size_t i = 0; i < filters_rules(filters); i++) {
		const struct rule *rule = filters_rule(filters, i);

		json_array_append_new(
			array, json_pack("{s:s, s:s, s:s, s:o}", "filter", rule->filter, "name",
					 rule->name, "offence", offence_name(rule->offence), "hits",
					 json_count(client_stats_rule_hits(run->stats, i))));
	}
	return array;
}

static json_t *bans_json(const struct replay_run *run)
{
	json_t *array = json_array();

	for (size_t i = 0; i < run->bans.n; i++) {
		const struct ban_entry *ban = &run->bans.list[i];
		char client[PREFIX_TEXT];

		json_array_append_new(array,
				      json_pack("[o, s, i, i, i, o, o]", milliseconds(ban->time),
						prefix_short(&ban->prefix, client), (int)ban->jail,
						(int)ban->rule, (int)ban->hits,
						milliseconds(ban->time - ban->oldest),
						milliseconds(ban->until)));
	}
	return array;
}

static json_t *clients_json(const struct client_stats_client *list, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++) {
		char client[PREFIX_TEXT];

		json_array_append_new(array, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "client",
						       prefix_short(&list[i].client, client),
						       "hits", json_count(list[i].hits), "bans",
						       json_count(list[i].bans), "before",
						       json_count(list[i].before), "during",
						       json_count(list[i].during), "after",
						       json_count(list[i].after)));
	}
	return array;
}

static json_t *page_data(const struct replay_run *run)
{
	struct client_stats_client *list = calloc(COLLATERAL, sizeof(*list));
	json_t *object = json_object();

	if (!list) {
		json_decref(object);
		return NULL;
	}
	json_object_set_new(object, "first", milliseconds(engine_first(run->engine)));
	json_object_set_new(object, "last", milliseconds(engine_last(run->engine)));
	json_object_set_new(object, "zone", zone_offsets(run));
	json_object_set_new(object, "series", series_json(run->series));
	json_object_set_new(object, "counts", counts_json(run));
	json_object_set_new(object, "jails", jails_json(run));
	json_object_set_new(object, "rules", rules_json(run));
	json_object_set_new(object, "bans", bans_json(run));
	json_object_set_new(object, "bans_left_out", json_count(run->bans.dropped));
	json_object_set_new(object, "top",
			    clients_json(list, client_stats_top(run->stats, list, TOP)));
	json_object_set_new(object, "collateral",
			    clients_json(list,
					 client_stats_collateral(run->stats, list, COLLATERAL)));
	free(list);
	return object;
}

/* Escapes '<', so that no text in the data can end the script element around it. */
static int write_escaped(const char *text, size_t n, void *to)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '<')
			fputs("\\u003c", to);
		else
			putc(text[i], to);
	}
	return 0;
}

static int write_page(FILE *to, const json_t *data)
{
	struct span page = { page_html, page_html_size };
	const char *at = memmem(page.p, page.n, placeholder, sizeof(placeholder) - 1);
	size_t before = (size_t)(at - page.p), after = before + sizeof(placeholder) - 1;

	fwrite(page.p, 1, before, to);
	json_dump_callback(data, write_escaped, to, JSON_COMPACT | JSON_ENSURE_ASCII);
	fwrite(page.p + after, 1, page.n - after, to);
	return ferror(to) ? -EIO : 0;
}

int html_report_write(const struct report *report, const char *path)
{
	json_t *data = page_data(report->run);
	FILE *to = data ? fopen(path, "we") : NULL;
	int r;

	if (!to) {
		r = data ? -errno : -ENOMEM;
		json_decref(data);
		return r;
	}
	r = write_page(to, data);
	if (fclose(to) != 0 && r == 0)
		r = -errno;
	if (r < 0)
		unlink(path);
	json_decref(data);
	return r;
}
