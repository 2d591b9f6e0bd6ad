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

/* The page itself lies beside this file, and becomes a part of the program. */
__asm__(".section .rodata\n"
	"page_html:\n"
	".incbin \"src/replay/html_report.html\"\n"
	"page_html_end:\n"
	".balign 8\n"
	"page_html_size: .quad page_html_end - page_html\n"
	".previous\n");
extern const char page_html[];
extern const uint64_t page_html_size;

static const char mark[] = "@DATA@";

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* Milliseconds, as JavaScript counts. */
static json_t *when(int64_t us)
{
	return json_integer(us / 1000);
}

static json_t *one_series(const struct time_series *series, enum time_series_kind kind)
{
	json_t *array = json_array();

	for (size_t i = 0; i < time_series_bins(series); i++)
		json_array_append_new(array, count(time_series_at(series, kind, i)));
	return array;
}

static json_t *wave(const struct time_series *series)
{
	json_t *object = json_object();
	bool any = time_series_bins(series) > 0;

	json_object_set_new(object, "start", when(any ? time_series_start(series) : 0));
	json_object_set_new(object, "width", when(any ? time_series_width(series) : UNITS_SECOND));
	json_object_set_new(object, "hits", one_series(series, TIME_SERIES_HITS));
	json_object_set_new(object, "stopped", one_series(series, TIME_SERIES_STOPPED));
	json_object_set_new(object, "bans", one_series(series, TIME_SERIES_BANS));
	json_object_set_new(object, "accepted", one_series(series, TIME_SERIES_ACCEPTED));
	return object;
}

/* The zone's offsets from UTC over the log, each with the hour that it was first seen in. */
static json_t *zone_offsets(const struct replay_run *pass)
{
	const struct zone *zone = &pass->config->zone;
	int64_t hour = 3600 * UNITS_SECOND, last = engine_last(pass->engine), known = INT64_MIN;
	json_t *array = json_array();

	for (int64_t t = engine_first(pass->engine) / hour * hour; t <= last; t += hour) {
		int64_t offset = time_offset(t, zone);

		if (offset == known)
			continue;
		known = offset;
		json_array_append_new(array, json_pack("[o, o]", when(t), when(offset)));
	}
	return array;
}

static json_t *all_counts(const struct replay_run *pass)
{
	struct engine_counts counts = engine_counts(pass->engine);
	struct client_stats_cost cost = client_stats_cost(pass->tally);

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "lines",
			 count(counts.lines), "hits", count(counts.hits), "stopped",
			 count(counts.stopped), "bans", count(counts.bans), "accepted",
			 count(counts.accepted), "clients",
			 count(client_stats_clients(pass->tally)), "banned_clients",
			 count(client_stats_banned_clients(pass->tally)), "relays",
			 count(cost.relays), "delayed", count(cost.delayed));
}

static json_t *jails(const struct replay_run *pass)
{
	json_t *array = json_array();

	for (uint32_t j = 0; j < pass->jails_n; j++)
		json_array_append_new(array, json_pack("{s:s}", "name", pass->jails[j].name));
	return array;
}

static json_t *rules(const struct replay_run *pass)
{
	const struct filters *filters = pass->config->filters;
	json_t *array = json_array();

	for (size_t i = 0; i < filters_rules(filters); i++) {
		const struct rule *rule = filters_rule(filters, i);

		json_array_append_new(
			array, json_pack("{s:s, s:s, s:s, s:o}", "filter", rule->filter, "name",
					 rule->name, "offence", offence_name(rule->offence), "hits",
					 count(client_stats_rule_hits(pass->tally, i))));
	}
	return array;
}

static json_t *bans(const struct replay_run *pass)
{
	json_t *array = json_array();

	for (size_t i = 0; i < pass->bans.n; i++) {
		const struct ban_entry *ban = &pass->bans.list[i];
		char client[PREFIX_TEXT];

		json_array_append_new(array,
				      json_pack("[o, s, i, i, i, o, o]", when(ban->time),
						prefix_short(&ban->prefix, client), (int)ban->jail,
						(int)ban->rule, (int)ban->hits,
						when(ban->time - ban->oldest), when(ban->until)));
	}
	return array;
}

static json_t *clients(const struct client_stats_client *list, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++) {
		char client[PREFIX_TEXT];

		json_array_append_new(
			array, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "client",
					 prefix_short(&list[i].client, client), "hits",
					 count(list[i].hits), "bans", count(list[i].bans), "before",
					 count(list[i].before), "during", count(list[i].during),
					 "after", count(list[i].after)));
	}
	return array;
}

static json_t *page_data(const struct replay_run *pass)
{
	struct client_stats_client *list = calloc(COLLATERAL, sizeof(*list));
	json_t *object = json_object();

	if (!list) {
		json_decref(object);
		return NULL;
	}
	json_object_set_new(object, "first", when(engine_first(pass->engine)));
	json_object_set_new(object, "last", when(engine_last(pass->engine)));
	json_object_set_new(object, "zone", zone_offsets(pass));
	json_object_set_new(object, "series", wave(pass->series));
	json_object_set_new(object, "counts", all_counts(pass));
	json_object_set_new(object, "jails", jails(pass));
	json_object_set_new(object, "rules", rules(pass));
	json_object_set_new(object, "bans", bans(pass));
	json_object_set_new(object, "bans_left_out", count(pass->bans.dropped));
	json_object_set_new(object, "top", clients(list, client_stats_top(pass->tally, list, TOP)));
	json_object_set_new(object, "collateral",
			    clients(list, client_stats_collateral(pass->tally, list, COLLATERAL)));
	free(list);
	return object;
}

/* No '<' stands in the data, so that nothing in it can end the script element around it. */
static int put_data(const char *text, size_t n, void *to)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '<')
			fputs("\\u003c", to);
		else
			putc(text[i], to);
	}
	return 0;
}

static int write_all(FILE *to, const json_t *data)
{
	struct span page = { page_html, page_html_size };
	const char *at = memmem(page.p, page.n, mark, sizeof(mark) - 1);
	size_t front = (size_t)(at - page.p), behind = front + sizeof(mark) - 1;

	fwrite(page.p, 1, front, to);
	json_dump_callback(data, put_data, to, JSON_COMPACT | JSON_ENSURE_ASCII);
	fwrite(page.p + behind, 1, page.n - behind, to);
	return ferror(to) ? -EIO : 0;
}

int html_report_write(const struct report *report, const char *path)
{
	json_t *data = page_data(report->pass);
	FILE *to = data ? fopen(path, "we") : NULL;
	int r;

	if (!to) {
		r = data ? -errno : -ENOMEM;
		json_decref(data);
		return r;
	}
	r = write_all(to, data);
	if (fclose(to) != 0 && r == 0)
		r = -errno;
	if (r < 0)
		unlink(path);
	json_decref(data);
	return r;
}
