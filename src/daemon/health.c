/* SPDX-License-Identifier: MIT */
#include "health.h"

#include <stdio.h>
#include <syslog.h>

#include "daemon_state.h"
#include "policy.h"
#include "util/log.h"

enum {
	ENOUGH = 1000, /* lines, before a warning can be given */
	SHOWN = 3,     /* programs by name */
};

enum kind { NO_HEADER, NO_PROGRAM, DROPPED, FORGOTTEN, GAVE_UP, TORN };
_Static_assert(TORN + 1 == HEALTH_WARNINGS, "a place for each kind");

/* "sshd, cron": those with the most lines among the programs that no filter reads. */
static void name_programs(const struct daemon *daemon, char *out, size_t size)
{
	const struct program_count *programs, *last = NULL;
	size_t n = filters_programs(daemon->policy->config->filters, &programs), used = 0;

	*out = '\0';
	for (size_t shown = 0; shown < SHOWN && used < size; shown++) {
		const struct program_count *most = NULL;

		for (size_t i = 0; i < n; i++) {
			const struct program_count *p = &programs[i];

			if (p->known || p->lines == 0)
				continue;
			if (last &&
			    (p->lines > last->lines || (p->lines == last->lines && p <= last)))
				continue;
			if (!most || p->lines > most->lines)
				most = p;
		}
		if (!most)
			return;
		used += (size_t)snprintf(out + used, size - used, "%s%.*s", shown ? ", " : "",
					 (int)most->name.n, most->name.p);
		last = most;
	}
}

/* The rule that gave up most often. */
static void gave_up(const struct daemon *daemon, uint64_t lines, char *out)
{
	const struct filters *filters = daemon->policy->config->filters;
	const struct rule *most = NULL;

	for (size_t i = 0; i < filters_rules(filters); i++) {
		const struct rule *rule = filters_rule(filters, i);

		if (rule->gave_up > 0 && (!most || rule->gave_up > most->gave_up))
			most = rule;
	}
	snprintf(out, HEALTH_TEXT,
		 "%llu lines were given up at the limit of what a match may cost, and not counted, "
		 "most by the rule %.60s/%.60s: write its pattern with [^...]*+",
		 (unsigned long long)lines, most ? most->filter : "(all",
		 most ? most->name : "of a program)");
}

/* The program of which most is not read now. */
static void torn(const struct daemon *daemon, char *out)
{
	const struct program_count *programs, *most = NULL;
	size_t n = filters_programs(daemon->policy->config->filters, &programs);
	int64_t now = daemon_now();

	for (size_t i = 0; i < n; i++)
		if (programs[i].torn > 0 && program_torn(&programs[i], now) &&
		    (!most || programs[i].torn > most->torn))
			most = &programs[i];
	if (most)
		snprintf(
			out, HEALTH_TEXT,
			"%llu records of %.*s were not read, nor are more for now: it has cut a line "
			"that was too long, and a client may have written what looks like the next "
			"one. The program's log names the clients that send such lines",
			(unsigned long long)most->torn, (int)most->name.n, most->name.p);
}

void health_look(const struct daemon *daemon, struct health *out)
{
	struct engine_counts c = engine_counts(daemon->policy->engine);
	struct engine_losses losses = engine_losses(daemon->policy->engine);
	char programs[HEALTH_TEXT / 2];

	*out = (struct health){ 0 };
	if (c.lines >= ENOUGH && c.records == 0)
		snprintf(out->text[NO_HEADER], HEALTH_TEXT,
			 "%llu lines read, none with a header that is known: is this a mail log?",
			 (unsigned long long)c.lines);
	if (c.records >= ENOUGH && c.records == c.unknown) {
		name_programs(daemon, programs, sizeof(programs));
		snprintf(out->text[NO_PROGRAM], HEALTH_TEXT,
			 "%llu lines read, none of a program that a filter reads, but of %s: "
			 "\"filters\" in %s names those that do",
			 (unsigned long long)c.records, programs, daemon->policy->config->path);
	}
	if (c.lost > 0)
		snprintf(out->text[DROPPED], HEALTH_TEXT,
			 "%llu lines were dropped by the log's own writer: lift the rate limit of "
			 "journald (as postfix-journal-rate.conf does for a unit) or rsyslog",
			 (unsigned long long)c.lost);
	if (losses.gave_up > 0)
		gave_up(daemon, losses.gave_up, out->text[GAVE_UP]);
	torn(daemon, out->text[TORN]);
	if (losses.evicted_windows > 0)
		snprintf(
			out->text[FORGOTTEN], HEALTH_TEXT,
			"%llu clients were evicted because the memory was full: raise table_memory",
			(unsigned long long)losses.evicted_windows);
}

void health_log(struct daemon *daemon)
{
	struct health health;

	health_look(daemon, &health);
	for (unsigned i = 0; i < HEALTH_WARNINGS; i++) {
		bool wrong = health.text[i][0] != '\0';

		if (wrong && !(daemon->warned & 1U << i))
			log_note(LOG_WARNING, health.text[i]);
		if (wrong)
			daemon->warned |= 1U << i;
		else
			daemon->warned &= ~(1U << i);
	}
}
