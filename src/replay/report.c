/* SPDX-License-Identifier: MIT */
#include "replay/report.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "chart.h"
#include "engine/log_source.h"
#include "util/escape.h"
#include "util/units.h"

enum {
	TOP = 10,
	COLLATERAL = 1000,
};

static void ban_json(const struct report *report, const struct ban_entry *ban)
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

static void ban_text(const struct report *report, const struct ban_entry *ban)
{
	const struct rule *rule = filters_rule(report->run->config->filters, ban->rule);
	char time[TIME_TEXT], span[DURATION_TEXT], client[PREFIX_TEXT];

	if (report->in)
		printf("%-6s", report->in);
	printf("%s %-22s %-8s %-12s %u hit%s",
	       time_local(ban->time, &report->run->config->zone, time),
	       prefix_short(&ban->prefix, client), report->run->jails[ban->jail].name, rule->name,
	       ban->hits, ban->hits == 1 ? "" : "s");
	if (ban->hits > 1)
		printf(" in %s", duration_format(ban->time - ban->oldest, span));
	if (ban->would != WOULD_NOT)
		printf(", only reported: %s", ban->would == WOULD_FUSE
						      ? "the rule's fuse has blown"
						      : "the server is not known to be busy");
	putchar('\n');
}

void report_entry(const struct report *report, const struct ban_entry *ban)
{
	if (report->json)
		ban_json(report, ban);
	else
		ban_text(report, ban);
}

void report_ban(const struct report *report, const struct ban_event *event)
{
	struct ban_entry ban = ban_entry_of(event);

	report_entry(report, &ban);
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

static size_t collateral(const struct report *report, struct client_stats_client **out)
{
	*out = calloc(COLLATERAL, sizeof(**out));
	return *out ? client_stats_collateral(report->run->stats, *out, COLLATERAL) : 0;
}

static json_t *collateral_json(const struct report *report)
{
	json_t *array = json_array();
	struct client_stats_client *clients;
	size_t n = collateral(report, &clients);

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

static void summary_json(const struct report *report)
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

static unsigned long long ull(uint64_t n)
{
	return n;
}

static void text_counts(const struct report *report)
{
	struct engine_counts counts = engine_counts(report->run->engine);
	char first[TIME_TEXT], last[TIME_TEXT];

	if (counts.bans > 0)
		putchar('\n');
	if (engine_first(report->run->engine) != 0)
		printf("From %s to %s\n",
		       time_local(engine_first(report->run->engine), &report->run->config->zone,
				  first),
		       time_local(engine_last(report->run->engine), &report->run->config->zone,
				  last));
	printf("%12llu lines, %llu with a known header\n", ull(counts.lines), ull(counts.records));
	printf("%12llu hits from %s%llu clients\n", ull(counts.hits),
	       client_stats_overflowed(report->run->stats) ? "at least " : "",
	       ull(client_stats_clients(report->run->stats)));
	if (counts.stopped > 0)
		printf("%12llu of them (%.0f%%) from clients already banned\n", ull(counts.stopped),
		       100.0 * (double)counts.stopped / (double)counts.hits);
	printf("%12llu mails accepted\n", ull(counts.accepted));
	if (counts.spared > 0)
		printf("%12llu hits over the limit from known senders, not banned\n",
		       ull(counts.spared));
	if (counts.would > 0)
		printf("%12llu bans only reported\n", ull(counts.would));
	printf("%12llu bans", ull(counts.bans));
	for (uint32_t j = 0, shown = 0; j < report->run->jails_n; j++) {
		uint64_t bans = client_stats_jail_bans(report->run->stats, j);

		if (bans > 0)
			printf("%s%s %llu", shown++ ? ", " : ": ", report->run->jails[j].name,
			       ull(bans));
	}
	putchar('\n');
}

static void text_top(const struct report *report)
{
	struct client_stats_client top[TOP];
	size_t n = client_stats_top(report->run->stats, top, TOP);

	if (n == 0)
		return;
	printf("\nTop clients                                       hits       bans   accepted\n");
	for (size_t i = 0; i < n; i++) {
		char text[PREFIX_TEXT];

		printf("  %-42s %10llu %10u %10llu\n", prefix_short(&top[i].client, text),
		       ull(top[i].hits), top[i].bans,
		       ull((uint64_t)top[i].before + top[i].during + top[i].after));
	}
}

struct rule_line {
	const struct rule *rule;
	uint64_t hits;
};

static int by_hits(const void *a, const void *b)
{
	const struct rule_line *x = a, *y = b;

	if (x->hits != y->hits)
		return x->hits < y->hits ? 1 : -1;
	return x->rule->index < y->rule->index ? -1 : 1;
}

static void text_rules(const struct report *report)
{
	const struct filters *filters = report->run->config->filters;
	struct rule_line *lines = calloc(filters_rules(filters) + 1, sizeof(*lines));
	size_t n = 0;

	for (size_t i = 0; lines && i < filters_rules(filters); i++)
		if (client_stats_rule_hits(report->run->stats, i) > 0)
			lines[n++] =
				(struct rule_line){ filters_rule(filters, i),
						    client_stats_rule_hits(report->run->stats, i) };
	if (n > 0) {
		qsort(lines, n, sizeof(*lines), by_hits);
		printf("\nRules                                             hits  offence\n");
	}
	for (size_t i = 0; i < n; i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s/%s", lines[i].rule->filter, lines[i].rule->name);
		printf("  %-42s %10llu  %s\n", name, ull(lines[i].hits),
		       offence_name(lines[i].rule->offence));
	}
	free(lines);
}

static void text_collateral(const struct report *report)
{
	struct client_stats_client *clients;
	size_t n = collateral(report, &clients);

	if (n > 0) {
		printf("\nBanned clients that also delivered mail: raise a limit, or use ignoreip?\n");
		printf("  mails accepted                                before     during      after\n");
	}
	for (size_t i = 0; i < n && i < TOP; i++) {
		char text[PREFIX_TEXT];

		printf("  %-42s %9u  %9u  %9u\n", prefix_short(&clients[i].client, text),
		       clients[i].before, clients[i].during, clients[i].after);
	}
	if (n > TOP)
		printf("  and %zu more\n", n - TOP);
	free(clients);
}

static int by_lines(const void *a, const void *b)
{
	const struct program_count *x = *(const struct program_count *const *)a;
	const struct program_count *y = *(const struct program_count *const *)b;

	if (x->lines != y->lines)
		return x->lines < y->lines ? 1 : -1;
	return x < y ? -1 : 1;
}

static void text_unknown(const struct report *report)
{
	const struct program_count *programs, *sorted[PROGRAM_TABLE_SIZE];
	size_t total = filters_programs(report->run->config->filters, &programs);
	size_t n = 0;

	for (size_t i = 0; i < total; i++)
		if (!programs[i].known && programs[i].lines > 0)
			sorted[n++] = &programs[i];
	if (n == 0)
		return;
	qsort(sorted, n, sizeof(sorted[0]), by_lines);
	printf("\nPrograms that no filter reads                    lines\n");
	for (size_t i = 0; i < n && i < TOP; i++) {
		printf("  ");
		escape_print(stdout, sorted[i]->name.n ? sorted[i]->name : span_of("(no name)"));
		printf("%*s %10llu\n",
		       sorted[i]->name.n < 42
			       ? 42 - (int)(sorted[i]->name.n ? sorted[i]->name.n : 9)
			       : 1,
		       "", ull(sorted[i]->lines));
	}
	if (n > TOP)
		printf("  and %zu more\n", n - TOP);
}

static void note(uint64_t n, const char *what)
{
	if (n > 0)
		printf("%12llu %s\n", ull(n), what);
}

/* Lines and records that were skipped or changed; prints nothing if there are none. */
static void text_losses(const struct report *report)
{
	struct engine_counts counts = engine_counts(report->run->engine);
	struct engine_losses losses = engine_losses(report->run->engine);
	struct log_clock_counts clock = log_source_clock(report->run->source);
	uint64_t any = counts.lines - counts.records + counts.outside + counts.ignored +
		       report->cut_lines + clock.shifted + clock.clamped + losses.gave_up +
		       losses.torn + engine_evicted(&losses);

	if (any == 0)
		return;
	putchar('\n');
	note(counts.lines - counts.records, "lines without a known header");
	note(report->cut_lines, "lines longer than 8 KiB, truncated");
	note(counts.outside, "records outside --since and --until, skipped");
	note(counts.ignored, "hits from clients in ignoreip, ignored");
	note(clock.shifted, "backward steps of the log's clock, smoothed out");
	note(clock.clamped,
	     "records slightly out of order, or with a time that no other record confirms");
	note(losses.gave_up, "matches stopped at PCRE2's limit");
	note(losses.torn, "records not read because they follow a truncated line");
	note(engine_evicted(&losses),
	     "entries evicted because the table was full: raise table_memory");
}

static void summary_text(const struct report *report)
{
	struct chart_style style = chart_style();
	struct engine_counts counts = engine_counts(report->run->engine);

	text_counts(report);
	chart_print(stdout, report->run->series, &report->run->config->zone, &style);
	text_top(report);
	text_rules(report);
	text_collateral(report);
	text_unknown(report);
	text_losses(report);
	if (counts.records > 0 && counts.matched == 0)
		printf("\nNo rule matched any of the %llu records: check that the configuration has the\n"
		       "filter of the server that wrote this log.\n",
		       ull(counts.records));
}

void report_summary(const struct report *report)
{
	if (report->json)
		summary_json(report);
	else
		summary_text(report);
}
