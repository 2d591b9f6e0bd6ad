/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "client/print.h"

enum {
	TOP = 10,
	LAG_SECONDS = 60,
};

/* Copies the "state" of a source, a blocker or the ledger. Returns whether it is "ok". */
static bool state_ok(const json_t *object, char state[static PRINT_TEXT])
{
	return strcmp(print_text(object, "state", state), "ok") == 0;
}

static unsigned source_problems(const struct printer *printer, const json_t *answer)
{
	const json_t *source;
	unsigned n = 0;
	size_t i;

	json_array_foreach(json_object_get(answer, "sources"), i, source)
	{
		char name[PRINT_TEXT], state[PRINT_TEXT], lag[DURATION_TEXT];
		long long behind = print_number(source, "lag_seconds");
		long long lost = print_number(source, "lost");

		print_text(source, "name", name);
		if (!state_ok(source, state))
			print_problem(printer, "%s: %s", name, state), n++;
		if (behind > INT64_MAX / UNITS_SECOND)
			behind = INT64_MAX / UNITS_SECOND;
		if (behind > LAG_SECONDS)
			print_problem(printer, "%s: %s behind the log (%lld bytes)", name,
				      duration_format(behind * UNITS_SECOND, lag),
				      print_number(source, "lag_bytes")),
				n++;
		if (lost > 0)
			print_problem(printer, "%s: %lld lines lost before they could be read",
				      name, lost),
				n++;
	}
	return n;
}

static void print_missing(const struct printer *printer, const json_t *blocker, const char *name,
			  const char *list, long long missing)
{
	long long capacity = print_number(blocker, "capacity"); /* 0: no limit */
	char room[40] = "";

	if (capacity > 0)
		snprintf(room, sizeof(room), ": its list holds %lld", capacity);
	print_problem(printer, "blocker %s (%s): %lld bans are not in the kernel%s", name, list,
		      missing, room);
}

static unsigned blocker_problems(const struct printer *printer, const json_t *answer)
{
	const json_t *blocker;
	unsigned n = 0;
	size_t i;

	json_array_foreach(json_object_get(answer, "blockers"), i, blocker)
	{
		char name[PRINT_TEXT], state[PRINT_TEXT], list[PRINT_TEXT];
		long long missing = print_number(blocker, "not_in_kernel");

		print_text(blocker, "name", name);
		print_text(blocker, "list", list);
		if (!state_ok(blocker, state))
			print_problem(printer, "blocker %s (%s): %s", name, list, state), n++;
		if (missing > 0)
			print_missing(printer, blocker, name, list, missing), n++;
	}
	return n;
}

void print_fuse(const struct printer *printer, const json_t *fuse)
{
	char rule[PRINT_TEXT], why[PRINT_TEXT], since[TIME_TEXT];
	bool spared = strcmp(print_text(fuse, "why", why), "spared") == 0;

	print_text(fuse, "rule", rule);
	print_problem(printer,
		      "Rule %s has only reported since %s: %lld %s %lld %s. Check its bans with "
		      "'relaydam list', then run 'relaydam fuse %s --reset'.",
		      rule, print_time(printer, fuse, "since", since), print_number(fuse, "bans"),
		      spared ? "bans in a short time, of which" : "bans in a short time, where",
		      print_number(fuse, "spared"), spared ? "were of known senders" : "are usual",
		      rule);
}

/* Prints all problems. Returns their number. */
static unsigned show_problems(const struct printer *printer, const json_t *answer)
{
	const json_t *ledger = json_object_get(answer, "ledger"), *item;
	char state[PRINT_TEXT];
	unsigned n = 0;
	size_t i;

	if (print_bool(answer, "dry_run"))
		print_problem(printer, "This is a dry run: nothing is blocked or cut."), n++;
	n += source_problems(printer, answer);
	n += blocker_problems(printer, answer);
	if (ledger && !state_ok(ledger, state))
		print_problem(printer, "ledger: %s", state), n++;
	if (print_number(ledger, "failed") > 0)
		print_problem(printer, "ledger: %lld entries could not be written",
			      print_number(ledger, "failed")),
			n++;
	json_array_foreach(json_object_get(answer, "fuses"), i, item)
	{
		print_fuse(printer, item);
		n++;
	}
	json_array_foreach(json_object_get(answer, "warnings"), i, item)
	{
		print_problem(printer, "%s", print_string(item, state));
		n++;
	}
	return n;
}

static void show_figures(const struct printer *printer, const json_t *answer)
{
	char version[PRINT_TEXT], config[PRINT_TEXT], since[TIME_TEXT], up[DURATION_TEXT];
	const json_t *table = json_object_get(answer, "table");
	int64_t started = printer->now;

	print_us(answer, "since", &started);
	print_sentence("relaydam %s, pid %lld, since %s (%s), configuration %s",
		       print_text(answer, "version", version), print_number(answer, "pid"),
		       print_time(printer, answer, "since", since),
		       duration_format(printer->now > started ? printer->now - started : 0, up),
		       print_text(answer, "config", config));
	printf("%12lld lines, %lld per second now; %lld with a known header\n",
	       print_number(answer, "lines"), print_number(answer, "lines_per_second"),
	       print_number(answer, "records"));
	if (print_number(answer, "torn") > 0)
		printf("%12lld records not read because they follow a truncated line\n",
		       print_number(answer, "torn"));
	printf("%12lld hits, %lld of them from clients already banned\n",
	       print_number(answer, "hits"), print_number(answer, "stopped"));
	printf("%12lld bans, %lld in force, %lld of these not in the kernel\n",
	       print_number(answer, "bans"), print_number(answer, "bans_in_force"),
	       print_number(answer, "not_in_kernel"));
	printf("%12lld mails accepted\n", print_number(answer, "accepted"));
	if (json_object_get(answer, "spared"))
		printf("%12lld known senders, room for %lld\n",
		       print_number(json_object_get(answer, "spared"), "clients"),
		       print_number(json_object_get(answer, "spared"), "capacity"));
	printf("%12lld clients with hits, room for %lld\n", print_number(table, "clients"),
	       print_number(table, "capacity"));
	printf("%12lld entries evicted because the table was full\n",
	       print_number(table, "evicted"));
}

static void show_sources(const struct printer *printer, const json_t *answer)
{
	const json_t *sources = json_object_get(answer, "sources"), *source;
	size_t i;

	if (json_array_size(sources) == 0)
		return;
	print_heading(printer,
		      "Sources                                        lines   bytes behind");
	json_array_foreach(sources, i, source)
	{
		char name[PRINT_TEXT];

		printf("  %-38s %11lld %14lld\n", print_text(source, "name", name),
		       print_number(source, "lines"), print_number(source, "lag_bytes"));
	}
}

static void show_blockers(const struct printer *printer, const json_t *answer)
{
	const json_t *blockers = json_object_get(answer, "blockers"), *blocker;
	size_t i;

	if (json_array_size(blockers) == 0)
		return;
	print_heading(printer,
		      "Blockers   type       list                       entries      room");
	json_array_foreach(blockers, i, blocker)
	{
		char name[PRINT_TEXT], type[PRINT_TEXT], list[PRINT_TEXT], room[24] = "no limit";

		if (print_number(blocker, "capacity") > 0)
			snprintf(room, sizeof(room), "%lld", print_number(blocker, "capacity"));
		printf("  %-8s %-10s %-23s %10lld %9s\n", print_text(blocker, "name", name),
		       print_text(blocker, "type", type), print_text(blocker, "list", list),
		       print_number(blocker, "entries"), room);
	}
}

/* "12 sessions cut; other bans: 3 left, 1 failed". Nothing if no jail has cut yet. */
static void show_cuts(const json_t *answer)
{
	const json_t *cuts = json_object_get(answer, "cuts"), *cut;
	long long all = 0, others = 0;
	size_t i;

	json_array_foreach(cuts, i, cut) all += print_number(cut, "cuts");
	if (all == 0)
		return;
	json_array_foreach(cuts, i, cut)
	{
		char outcome[PRINT_TEXT];
		long long n = print_number(cut, "cuts");

		print_text(cut, "outcome", outcome);
		if (i == 0)
			printf("%12lld sessions %s", n, outcome);
		else if (n > 0)
			printf("%s %lld %s", others++ ? "," : "; other bans:", n, outcome);
	}
	putchar('\n');
}

static void show_jails(const struct printer *printer, const json_t *answer)
{
	const json_t *jails = json_object_get(answer, "jails"), *jail;
	size_t i;

	if (json_array_size(jails) == 0)
		return;
	print_heading(printer,
		      "Jails                                           bans       in force");
	json_array_foreach(jails, i, jail)
	{
		char name[PRINT_TEXT];

		printf("  %-38s %11lld %14lld\n", print_text(jail, "name", name),
		       print_number(jail, "bans"), print_number(jail, "in_force"));
	}
}

/* Bans of the last weeks that were only reported, and what they would have cost. */
static void show_would(const struct printer *printer, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "would"), *row;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	print_heading(
		printer,
		"Bans only reported, last 28 days       bans    clients  delivered      mails");
	json_array_foreach(list, i, row)
	{
		char why[PRINT_TEXT];

		printf("  %-30s %10lld %10lld %10lld %10lld\n", print_text(row, "why", why),
		       print_number(row, "bans"), print_number(row, "clients"),
		       print_number(row, "delivered"), print_number(row, "mails"));
	}
}

struct figure {
	const json_t *object;
	long long n;
};

static int most_first(const void *a, const void *b)
{
	const struct figure *x = a, *y = b;

	return (x->n < y->n) - (x->n > y->n);
}

/* The rows with the highest figures, at most TOP, without those that are 0. */
static void show_top(const struct printer *printer, const json_t *array, const char *key,
		     const char *heading, const char *first, const char *second)
{
	size_t n = json_array_size(array);
	struct figure *rows = calloc(n + 1, sizeof(*rows));

	for (size_t i = 0; rows && i < n; i++) {
		rows[i].object = json_array_get(array, i);
		rows[i].n = print_number(rows[i].object, key);
	}
	if (rows)
		qsort(rows, n, sizeof(*rows), most_first);
	if (rows && n > 0 && rows[0].n > 0)
		print_heading(printer, heading);
	for (size_t i = 0; rows && i < n && i < TOP && rows[i].n > 0; i++) {
		char a[PRINT_TEXT], b[PRINT_TEXT] = "", name[PRINT_TEXT * 2];

		print_text(rows[i].object, first, a);
		if (second)
			print_text(rows[i].object, second, b);
		snprintf(name, sizeof(name), "%s%s%s", a, *b ? "/" : "", b);
		printf("  %-38s %11lld\n", name, rows[i].n);
	}
	free(rows);
}

void print_status(const struct printer *printer, const json_t *answer)
{
	if (show_problems(printer, answer) == 0)
		print_sentence("All is well.");
	putchar('\n');
	show_figures(printer, answer);
	show_cuts(answer);
	show_sources(printer, answer);
	show_blockers(printer, answer);
	show_jails(printer, answer);
	show_would(printer, answer);
	show_top(printer, json_object_get(answer, "rules"), "hits",
		 "Rules                                           hits", "filter", "name");
	show_top(printer, json_object_get(answer, "unknown"), "lines",
		 "Programs that no filter reads                  lines", "program", NULL);
}
