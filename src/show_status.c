/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "show.h"

enum {
	TOP = 10,
	LAG_SECONDS = 60,
};

/* "ok" or what is wrong, in words. */
static bool state_ok(const json_t *object, char state[static SHOW_TEXT])
{
	return strcmp(show_text(object, "state", state), "ok") == 0;
}

static unsigned wrong_sources(const struct show *show, const json_t *answer)
{
	const json_t *source;
	unsigned n = 0;
	size_t i;

	json_array_foreach(json_object_get(answer, "sources"), i, source)
	{
		char name[SHOW_TEXT], state[SHOW_TEXT], lag[DURATION_TEXT];
		long long behind = show_number(source, "lag_seconds");
		long long lost = show_number(source, "lost");

		show_text(source, "name", name);
		if (!state_ok(source, state))
			show_wrong(show, "%s: %s", name, state), n++;
		if (behind > INT64_MAX / UNITS_SECOND)
			behind = INT64_MAX / UNITS_SECOND;
		if (behind > LAG_SECONDS)
			show_wrong(show, "%s: %s behind the log (%lld bytes)", name,
				   duration_format(behind * UNITS_SECOND, lag),
				   show_number(source, "lag_bytes")),
				n++;
		if (lost > 0)
			show_wrong(show, "%s: %lld lines lost before they came here", name, lost),
				n++;
	}
	return n;
}

static unsigned wrong_blockers(const struct show *show, const json_t *answer)
{
	const json_t *blocker;
	unsigned n = 0;
	size_t i;

	json_array_foreach(json_object_get(answer, "blockers"), i, blocker)
	{
		char name[SHOW_TEXT], state[SHOW_TEXT], list[SHOW_TEXT];
		long long missing = show_number(blocker, "not_in_kernel");

		show_text(blocker, "name", name);
		show_text(blocker, "list", list);
		if (!state_ok(blocker, state))
			show_wrong(show, "blocker %s (%s): %s", name, list, state), n++;
		if (missing > 0)
			show_wrong(show,
				   "blocker %s (%s): %lld bans are not in the kernel, "
				   "whose list holds %lld",
				   name, list, missing, show_number(blocker, "capacity")),
				n++;
	}
	return n;
}

void show_fuse(const struct show *show, const json_t *fuse)
{
	char rule[SHOW_TEXT], why[SHOW_TEXT], since[TIME_TEXT];
	bool spared = strcmp(show_text(fuse, "why", why), "spared") == 0;

	show_wrong(show,
		   "Rule %s only reports since %s: of %lld bans in a short time %s%lld%s. Look at "
		   "'relaydam list', then 'relaydam fuse RULE --reset'.",
		   show_text(fuse, "rule", rule), show_time(show, fuse, "since", since),
		   show_number(fuse, "bans"), spared ? "" : "where ", show_number(fuse, "spared"),
		   spared ? " hit clients that deliver" : " are usual");
}

/* What stands first. Returns how much there was. */
static unsigned show_problems(const struct show *show, const json_t *answer)
{
	const json_t *ledger = json_object_get(answer, "ledger"), *diagnostics_warning;
	char state[SHOW_TEXT];
	unsigned n = 0;
	size_t i;

	if (show_bool(answer, "dry_run"))
		show_wrong(show, "This is a dry run: nothing is blocked, nothing is cut."), n++;
	n += wrong_sources(show, answer);
	n += wrong_blockers(show, answer);
	if (ledger && !state_ok(ledger, state))
		show_wrong(show, "ledger: %s", state), n++;
	if (show_number(ledger, "failed") > 0)
		show_wrong(show, "ledger: %lld entries could not be written",
			   show_number(ledger, "failed")),
			n++;
	json_array_foreach(json_object_get(answer, "fuses"), i, diagnostics_warning)
	{
		show_fuse(show, diagnostics_warning);
		n++;
	}
	json_array_foreach(json_object_get(answer, "warnings"), i, diagnostics_warning)
	{
		show_wrong(show, "%s", show_string(diagnostics_warning, state));
		n++;
	}
	return n;
}

static void show_figures(const struct show *show, const json_t *answer)
{
	char version[SHOW_TEXT], config[SHOW_TEXT], since[TIME_TEXT], up[DURATION_TEXT];
	const json_t *table = json_object_get(answer, "table");
	int64_t started = show->now;

	show_us(answer, "since", &started);
	show_say("relaydam %s, pid %lld, since %s (%s), configuration %s",
		 show_text(answer, "version", version), show_number(answer, "pid"),
		 show_time(show, answer, "since", since),
		 duration_format(show->now > started ? show->now - started : 0, up),
		 show_text(answer, "config", config));
	printf("%12lld lines, %lld a second now; %lld with a header that is known\n",
	       show_number(answer, "lines"), show_number(answer, "lines_per_second"),
	       show_number(answer, "records"));
	if (show_number(answer, "torn") > 0)
		printf("%12lld records not read, behind a line that its writer cut\n",
		       show_number(answer, "torn"));
	printf("%12lld hits, %lld of clients that were under a ban\n", show_number(answer, "hits"),
	       show_number(answer, "stopped"));
	printf("%12lld bans, %lld in force, %lld of these not in the kernel\n",
	       show_number(answer, "bans"), show_number(answer, "bans_in_force"),
	       show_number(answer, "not_in_kernel"));
	printf("%12lld mails accepted\n", show_number(answer, "accepted"));
	if (json_object_get(answer, "spared"))
		printf("%12lld clients known to deliver, room for %lld\n",
		       show_number(json_object_get(answer, "spared"), "clients"),
		       show_number(json_object_get(answer, "spared"), "capacity"));
	printf("%12lld clients under watch, room for %lld\n", show_number(table, "clients"),
	       show_number(table, "capacity"));
	printf("%12lld entries forgotten for want of memory\n", show_number(table, "evicted"));
}

static void show_sources(const struct show *show, const json_t *answer)
{
	const json_t *sources = json_object_get(answer, "sources"), *source;
	size_t i;

	if (json_array_size(sources) == 0)
		return;
	show_heading(show, "Sources                                        lines   bytes behind");
	json_array_foreach(sources, i, source)
	{
		char name[SHOW_TEXT];

		printf("  %-38s %11lld %14lld\n", show_text(source, "name", name),
		       show_number(source, "lines"), show_number(source, "lag_bytes"));
	}
}

static void show_blockers(const struct show *show, const json_t *answer)
{
	const json_t *blockers = json_object_get(answer, "blockers"), *blocker;
	size_t i;

	if (json_array_size(blockers) == 0)
		return;
	show_heading(show, "Blockers   type       list                       entries      room");
	json_array_foreach(blockers, i, blocker)
	{
		char name[SHOW_TEXT], type[SHOW_TEXT], list[SHOW_TEXT], room[24] = "no limit";

		if (show_number(blocker, "capacity") > 0)
			snprintf(room, sizeof(room), "%lld", show_number(blocker, "capacity"));
		printf("  %-8s %-10s %-23s %10lld %9s\n", show_text(blocker, "name", name),
		       show_text(blocker, "type", type), show_text(blocker, "list", list),
		       show_number(blocker, "entries"), room);
	}
}

/* "12 sessions cut; of other bans: 3 left, 1 failed"; nothing where no jail ever cut. */
static void show_cuts(const json_t *answer)
{
	const json_t *cuts = json_object_get(answer, "cuts"), *cut;
	long long all = 0, others = 0;
	size_t i;

	json_array_foreach(cuts, i, cut) all += show_number(cut, "cuts");
	if (all == 0)
		return;
	json_array_foreach(cuts, i, cut)
	{
		char outcome[SHOW_TEXT];
		long long n = show_number(cut, "cuts");

		show_text(cut, "outcome", outcome);
		if (i == 0)
			printf("%12lld sessions %s", n, outcome);
		else if (n > 0)
			printf("%s %lld %s", others++ ? "," : "; of other bans:", n, outcome);
	}
	putchar('\n');
}

static void show_jails(const struct show *show, const json_t *answer)
{
	const json_t *jails = json_object_get(answer, "jails"), *jail;
	size_t i;

	if (json_array_size(jails) == 0)
		return;
	show_heading(show, "Jails                                           bans       in force");
	json_array_foreach(jails, i, jail)
	{
		char name[SHOW_TEXT];

		printf("  %-38s %11lld %14lld\n", show_text(jail, "name", name),
		       show_number(jail, "bans"), show_number(jail, "in_force"));
	}
}

/* What was only told in the last weeks, and what it would have cost. */
static void show_would(const struct show *show, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "would"), *one;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	show_heading(show, "Not carried out since "
			   "28 days        bans    clients  delivered      mails");
	json_array_foreach(list, i, one)
	{
		char why[SHOW_TEXT];

		printf("  %-30s %10lld %10lld %10lld %10lld\n", show_text(one, "why", why),
		       show_number(one, "bans"), show_number(one, "clients"),
		       show_number(one, "delivered"), show_number(one, "mails"));
	}
}

struct row {
	const json_t *object;
	long long n;
};

static int most_first(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->n < y->n) - (x->n > y->n);
}

/* The rows with the highest figures, at most TOP, none of them 0. qsort() is stable enough: names follow the daemon. */
static void show_top(const struct show *show, const json_t *array, const char *key,
		     const char *heading, const char *first, const char *second)
{
	size_t n = json_array_size(array);
	struct row *rows = calloc(n + 1, sizeof(*rows));

	for (size_t i = 0; rows && i < n; i++) {
		rows[i].object = json_array_get(array, i);
		rows[i].n = show_number(rows[i].object, key);
	}
	if (rows)
		qsort(rows, n, sizeof(*rows), most_first);
	if (rows && n > 0 && rows[0].n > 0)
		show_heading(show, heading);
	for (size_t i = 0; rows && i < n && i < TOP && rows[i].n > 0; i++) {
		char a[SHOW_TEXT], b[SHOW_TEXT] = "", name[SHOW_TEXT * 2];

		show_text(rows[i].object, first, a);
		if (second)
			show_text(rows[i].object, second, b);
		snprintf(name, sizeof(name), "%s%s%s", a, *b ? "/" : "", b);
		printf("  %-38s %11lld\n", name, rows[i].n);
	}
	free(rows);
}

void show_status(const struct show *show, const json_t *answer)
{
	if (show_problems(show, answer) == 0)
		show_say("All is well.");
	putchar('\n');
	show_figures(show, answer);
	show_cuts(answer);
	show_sources(show, answer);
	show_blockers(show, answer);
	show_jails(show, answer);
	show_would(show, answer);
	show_top(show, json_object_get(answer, "rules"), "hits",
		 "Rules                                           hits", "filter", "name");
	show_top(show, json_object_get(answer, "unknown"), "lines",
		 "Programs that no filter reads                  lines", "program", NULL);
}
