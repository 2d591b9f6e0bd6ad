/* SPDX-License-Identifier: MIT */
#include "client/watch_table.h"

#include <string.h>

#include "client/print.h"

static const json_t *find_blocker(const json_t *answer, const char *name)
{
	const json_t *blockers = json_object_get(answer, "blockers"), *blocker;
	size_t i;

	json_array_foreach(blockers, i, blocker)
	{
		const char *its_name = json_string_value(json_object_get(blocker, "name"));

		if (!*name || (its_name && strcmp(its_name, name) == 0))
			return blocker;
	}
	return NULL;
}

static bool busy_jail_acts(const json_t *answer)
{
	const json_t *jail;
	size_t i;

	json_array_foreach(json_object_get(answer, "jails"), i, jail)
	{
		const char *when = json_string_value(json_object_get(jail, "when"));

		if (when && strcmp(when, "busy") == 0 && print_bool(jail, "acts"))
			return true;
	}
	return false;
}

static struct watch_table_sample read_answer(const json_t *answer, const char *name)
{
	const json_t *blocker = find_blocker(answer, name);

	return (struct watch_table_sample){ .acting = busy_jail_acts(answer),
					    .sessions = print_number(blocker, "sessions"),
					    .busy = print_number(blocker, "busy"),
					    .lines = print_number(answer, "lines"),
					    .hits = print_number(answer, "hits"),
					    .bans = print_number(answer, "bans"),
					    .in_force = print_number(answer, "bans_in_force"),
					    .accepted = print_number(answer, "accepted") };
}

struct watch_table_sample watch_table_take(struct watch_table_host *host, const json_t *answer,
					   const char *blocker)
{
	struct watch_table_sample now, out;
	const struct watch_table_sample *before = &host->before;
	long long pid = print_number(answer, "pid");
	bool same_daemon = host->known && pid == host->pid;

	host->known = answer != NULL;
	if (!answer)
		return (struct watch_table_sample){ .unreachable = true };
	out = now = read_answer(answer, blocker);
	out.lines = same_daemon ? now.lines - before->lines : 0;
	out.hits = same_daemon ? now.hits - before->hits : 0;
	out.bans = same_daemon ? now.bans - before->bans : 0;
	out.accepted = same_daemon ? now.accepted - before->accepted : 0;
	host->before = now;
	host->pid = pid;
	return out;
}

static void print_host_name(FILE *to, const char *name)
{
	int n = (int)strnlen(name, WATCH_TABLE_BLOCK - 4);
	int left = (WATCH_TABLE_BLOCK - 3 - n) / 2, right = WATCH_TABLE_BLOCK - 3 - n - left;

	fputs("  ", to);
	for (int i = 0; i < left; i++)
		putc('-', to);
	fprintf(to, " %.*s ", n, name);
	for (int i = 1; i < right; i++)
		putc('-', to);
}

void watch_table_header(FILE *to, const struct watch_table_host *hosts, size_t n, bool colour)
{
	if (colour)
		fputs("\033[1m", to);
	if (n > 1) {
		fprintf(to, "%8s", "");
		for (size_t i = 0; i < n; i++)
			print_host_name(to, hosts[i].name);
		putc('\n', to);
	}
	fprintf(to, "%-8s", "time");
	for (size_t i = 0; i < n; i++)
		fputs(" sess busy lines hits bans held mail", to);
	fputs(colour ? "\033[0m\n" : "\n", to);
}

/* Prints the mark and any count in four columns: up to 9999, 10k to 999k, then 1M. */
static void print_marked(FILE *to, char mark, int width, long long value, const char *colour)
{
	char text[24];

	if (value < 10000 || (width > 4 && value < 100000))
		snprintf(text, sizeof(text), "%lld", value);
	else if (value < 1000000)
		snprintf(text, sizeof(text), "%lldk", value / 1000);
	else
		snprintf(text, sizeof(text), "%lldM", value / 1000000);
	fprintf(to, "%c%s%*s%s", mark, colour, width, text, *colour ? "\033[0m" : "");
}

static void print_figure(FILE *to, int width, long long value, const char *colour)
{
	print_marked(to, ' ', width, value, colour);
}

static const char *colour_of(long long value, const struct watch_table_limits *limits, bool colour)
{
	if (!colour || limits->sessions <= 0)
		return "";
	if (value * 100 >= limits->sessions * limits->alarm)
		return "\033[31m";
	return value * 100 >= limits->sessions * limits->warn ? "\033[33m" : "";
}

void watch_table_row(FILE *to, const char *time, const struct watch_table_sample *samples, size_t n,
		     const struct watch_table_limits *limits, bool colour)
{
	fprintf(to, "%-8s", time);
	for (size_t i = 0; i < n; i++) {
		const struct watch_table_sample *s = &samples[i];

		if (s->unreachable) {
			fprintf(to, "%s%*s%s", colour ? "\033[31m" : "", WATCH_TABLE_BLOCK,
				"no answer", colour ? "\033[0m" : "");
			continue;
		}
		print_marked(to, s->acting ? '*' : ' ', 4, s->sessions,
			     colour_of(s->sessions, limits, colour));
		print_figure(to, 4, s->busy, colour_of(s->busy, limits, colour));
		print_figure(to, 5, s->lines, "");
		print_figure(to, 4, s->hits, "");
		print_figure(to, 4, s->bans, "");
		print_figure(to, 4, s->in_force, "");
		print_figure(to, 4, s->accepted, "");
	}
	putc('\n', to);
	fflush(to);
}

json_t *watch_table_object(const char *time, const struct watch_table_host *host,
			   const struct watch_table_sample *s)
{
	if (s->unreachable)
		return json_pack("{s:s, s:s, s:b}", "time", time, "host", host->name, "away", 1);
	return json_pack("{s:s, s:s, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "time", time,
			 "host", host->name, "away", 0, "acting", s->acting, "sessions",
			 (json_int_t)s->sessions, "busy", (json_int_t)s->busy, "lines",
			 (json_int_t)s->lines, "hits", (json_int_t)s->hits, "bans",
			 (json_int_t)s->bans, "in_force", (json_int_t)s->in_force, "accepted",
			 (json_int_t)s->accepted);
}
