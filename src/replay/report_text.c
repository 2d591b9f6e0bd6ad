/* SPDX-License-Identifier: MIT */
#include "report_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "chart.h"
#include "engine/log_source.h"
#include "util/escape.h"
#include "util/units.h"

enum { TOP = 10 };

void report_text_ban(const struct report *report, const struct ban_entry *ban)
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

static unsigned long long ull(uint64_t n)
{
	return n;
}

static void print_counts(const struct report *report)
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

static void print_top(const struct report *report)
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

static void print_rules(const struct report *report)
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

static void print_collateral(const struct report *report)
{
	struct client_stats_client *clients = calloc(REPORT_COLLATERAL, sizeof(*clients));
	size_t n = clients ? client_stats_collateral(report->run->stats, clients, REPORT_COLLATERAL)
			   : 0;

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

static void print_unknown(const struct report *report)
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

static void print_note(uint64_t n, const char *what)
{
	if (n > 0)
		printf("%12llu %s\n", ull(n), what);
}

/* Lines and records that were skipped or changed; prints nothing if there are none. */
static void print_losses(const struct report *report)
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
	print_note(counts.lines - counts.records, "lines without a known header");
	print_note(report->cut_lines, "lines longer than 8 KiB, truncated");
	print_note(counts.outside, "records outside --since and --until, skipped");
	print_note(counts.ignored, "hits from clients in ignoreip, ignored");
	print_note(clock.shifted, "backward steps of the log's clock, smoothed out");
	print_note(clock.clamped,
		   "records slightly out of order, or with a time that no other record confirms");
	print_note(losses.gave_up, "matches stopped at PCRE2's limit");
	print_note(losses.torn, "records not read because they follow a truncated line");
	print_note(engine_evicted(&losses),
		   "entries evicted because the table was full: raise table_memory");
}

void report_text_summary(const struct report *report)
{
	struct chart_style style = chart_style();
	struct engine_counts counts = engine_counts(report->run->engine);

	print_counts(report);
	chart_print(stdout, report->run->series, &report->run->config->zone, &style);
	print_top(report);
	print_rules(report);
	print_collateral(report);
	print_unknown(report);
	print_losses(report);
	if (counts.records > 0 && counts.matched == 0)
		printf("\nNo rule matched any of the %llu records: check that the configuration has the\n"
		       "filter of the server that wrote this log.\n",
		       ull(counts.records));
}
