/* SPDX-License-Identifier: MIT */
#include "client/prometheus.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "util/array.h"
#include "util/units.h"

struct family {
	const char *name, *type, *help;
	const char
		*group;	 /* member of the answer, an array of rows or an object; NULL: the answer */
	const char *key; /* member of a row with the figure; "": always 1 */
	const char *labels[3];	   /* names of the labels, ended by NULL */
	const char *label_keys[3]; /* the members with their values */
};

static const struct family families[] = {
	{ "relaydam_build_info",
	  "gauge",
	  "Always 1; the version is the label.",
	  NULL,
	  "",
	  { "version" },
	  { "version" } },
	{ "relaydam_start_time_seconds",
	  "gauge",
	  "When the daemon started, seconds since 1970.",
	  NULL,
	  "since",
	  { NULL },
	  { NULL } },
	{ "relaydam_dry_run",
	  "gauge",
	  "1 when nothing is blocked.",
	  NULL,
	  "dry_run",
	  { NULL },
	  { NULL } },
	{ "relaydam_lines_total", "counter", "Log lines read.", NULL, "lines", { NULL }, { NULL } },
	{ "relaydam_records_total",
	  "counter",
	  "Lines with a known header.",
	  NULL,
	  "records",
	  { NULL },
	  { NULL } },
	{ "relaydam_torn_records_total",
	  "counter",
	  "Records not read because they may be the rest of a truncated line.",
	  NULL,
	  "torn",
	  { NULL },
	  { NULL } },
	{ "relaydam_unknown_lines_total",
	  "counter",
	  "Lines from programs that no filter reads.",
	  "unknown",
	  "lines",
	  { "program" },
	  { "program" } },
	{ "relaydam_hits_total",
	  "counter",
	  "Lines that a rule took as an offence.",
	  "rules",
	  "hits",
	  { "filter", "rule" },
	  { "filter", "name" } },
	{ "relaydam_stopped_hits_total",
	  "counter",
	  "Hits of banned clients.",
	  NULL,
	  "stopped",
	  { NULL },
	  { NULL } },
	{ "relaydam_accepted_mails_total",
	  "counter",
	  "Mails that the server accepted.",
	  NULL,
	  "accepted",
	  { NULL },
	  { NULL } },
	{ "relaydam_bans_total", "counter", "Bans made.", "jails", "bans", { "jail" }, { "name" } },
	{ "relaydam_bans_in_force",
	  "gauge",
	  "Bans in force.",
	  "jails",
	  "in_force",
	  { "jail" },
	  { "name" } },
	{ "relaydam_bans_not_in_kernel",
	  "gauge",
	  "Bans in force that the kernel does not hold.",
	  NULL,
	  "not_in_kernel",
	  { NULL },
	  { NULL } },
	{ "relaydam_watched_clients",
	  "gauge",
	  "Clients with hits in a window.",
	  "table",
	  "clients",
	  { NULL },
	  { NULL } },
	{ "relaydam_watched_clients_max",
	  "gauge",
	  "Clients that fit into the memory.",
	  "table",
	  "capacity",
	  { NULL },
	  { NULL } },
	{ "relaydam_evictions_total",
	  "counter",
	  "Entries evicted because the memory was full.",
	  "table",
	  "evicted",
	  { NULL },
	  { NULL } },
	{ "relaydam_source_up",
	  "gauge",
	  "1 when the source can be read.",
	  "sources",
	  "state",
	  { "source" },
	  { "name" } },
	{ "relaydam_source_lines_total",
	  "counter",
	  "Lines read from the source.",
	  "sources",
	  "lines",
	  { "source" },
	  { "name" } },
	{ "relaydam_source_lag_bytes",
	  "gauge",
	  "Bytes of the source that are not read yet.",
	  "sources",
	  "lag_bytes",
	  { "source" },
	  { "name" } },
	{ "relaydam_source_lag_seconds",
	  "gauge",
	  "Age of the last line when it was read.",
	  "sources",
	  "lag_seconds",
	  { "source" },
	  { "name" } },
	{ "relaydam_source_lost_lines_total",
	  "counter",
	  "Lines lost before they could be read.",
	  "sources",
	  "lost",
	  { "source" },
	  { "name" } },
	{ "relaydam_blocker_up",
	  "gauge",
	  "1 when the blocker's list can be written.",
	  "blockers",
	  "state",
	  { "blocker", "list" },
	  { "name", "list" } },
	{ "relaydam_sessions",
	  "gauge",
	  "Clients connected to the blocker's ports.",
	  "blockers",
	  "sessions",
	  { "blocker", "list" },
	  { "name", "list" } },
	{ "relaydam_sessions_busy",
	  "gauge",
	  "Of these connections, those that the server has accepted.",
	  "blockers",
	  "busy",
	  { "blocker", "list" },
	  { "name", "list" } },
	{ "relaydam_blocker_entries",
	  "gauge",
	  "Entries of relaydam in the list.",
	  "blockers",
	  "entries",
	  { "blocker", "list" },
	  { "name", "list" } },
	{ "relaydam_blocker_entries_max",
	  "gauge",
	  "Capacity of the list in entries; 0: no limit.",
	  "blockers",
	  "capacity",
	  { "blocker", "list" },
	  { "name", "list" } },
	{ "relaydam_blocker_not_in_kernel",
	  "gauge",
	  "Bans that this list does not hold.",
	  "blockers",
	  "not_in_kernel",
	  { "blocker", "list" },
	  { "name", "list" } },
	{ "relaydam_cuts_total",
	  "counter",
	  "Sessions of banned clients that were cut, and bans without such a session, by outcome.",
	  "cuts",
	  "cuts",
	  { "outcome" },
	  { "outcome" } },
	{ "relaydam_ledger_up",
	  "gauge",
	  "1 when the ledger can be written.",
	  "ledger",
	  "state",
	  { NULL },
	  { NULL } },
	{ "relaydam_ledger_queued_bytes",
	  "gauge",
	  "Bytes that wait to be written.",
	  "ledger",
	  "queued",
	  { NULL },
	  { NULL } },
	{ "relaydam_ledger_failed_total",
	  "counter",
	  "Entries that could not be written.",
	  "ledger",
	  "failed",
	  { NULL },
	  { NULL } },
};

/* Unchanged for a program; on a terminal, control characters from a client are replaced. */
static void print_label(FILE *to, const char *text)
{
	bool terminal = isatty(fileno(to));

	for (; *text; text++)
		if (*text == '\n')
			fputs("\\n", to);
		else if (*text == '\\' || *text == '"')
			fprintf(to, "\\%c", *text);
		else if (terminal && iscntrl((unsigned char)*text))
			putc('?', to);
		else
			putc(*text, to);
}

/* A figure is a number, a flag, a state ("ok" is 1) or a time. Returns false if there is none. */
static bool value_of(const struct family *family, const json_t *row, double *value)
{
	static const struct zone utc = { .utc = zone_fixed_utc };
	const json_t *figure = json_object_get(row, family->key);
	const char *text = json_string_value(figure);
	int64_t us;

	*value = 1;
	if (!*family->key)
		return json_is_object(row);
	if (json_is_boolean(figure))
		*value = json_is_true(figure);
	else if (json_is_number(figure))
		*value = json_number_value(figure);
	else if (text && strcmp(family->key, "state") == 0)
		*value = strcmp(text, "ok") == 0;
	else if (text && time_parse(text, &utc, &us) == 0)
		*value = (double)us / (double)UNITS_SECOND;
	else
		return false;
	return true;
}

static bool print_sample(FILE *to, const struct family *family, const json_t *row, bool first)
{
	double value;

	if (!value_of(family, row, &value))
		return false;
	if (first)
		fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help,
			family->name, family->type);
	fputs(family->name, to);
	for (size_t i = 0; family->labels[i]; i++) {
		const char *text = json_string_value(json_object_get(row, family->label_keys[i]));

		fprintf(to, "%c%s=\"", i ? ',' : '{', family->labels[i]);
		print_label(to, text ? text : "");
		putc('"', to);
	}
	fprintf(to, "%s %.17g\n", family->labels[0] ? "}" : "", value);
	return true;
}

void prometheus_print(FILE *to, const json_t *status)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const struct family *family = &families[i];
		const json_t *group = family->group ? json_object_get(status, family->group)
						    : status;
		bool first = true;
		const json_t *row;
		size_t j;

		if (!json_is_array(group))
			print_sample(to, family, group, true);
		else
			json_array_foreach(group, j, row) if (print_sample(to, family, row, first))
				first = false;
	}
}
