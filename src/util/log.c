/* SPDX-License-Identifier: MIT */
#include "util/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "replay/report.h"
#include "util/escape.h"
#include "util/steady_clock.h"
#include "util/units.h"

/* Does what goes to stderr end in the journal? */
static bool to_journal(void)
{
	return getenv("JOURNAL_STREAM") != NULL;
}

void log_note(int priority, const char *text)
{
	/* "<4>": systemd reads the priority off the front of a line (sd-daemon(3)) */
	if (to_journal())
		fprintf(stderr, "<%d>", priority);
	else
		fputs("relaydam: ", stderr);
	escape_print(stderr, span_of(text));
	putc('\n', stderr);
}

void log_heard(void *context, int priority, const char *text)
{
	(void)context;
	log_note(priority, text);
}

void log_print(int priority, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_note(priority, text);
}

struct allowance {
	const char *more; /* what is said of those that were left out */
	int64_t minute;
	unsigned written, left_out;
};

/* May this one be written? Says once a minute how many were not. */
static bool has_room(struct allowance *allowance, int64_t now)
{
	if (now / (60 * UNITS_SECOND) != allowance->minute) {
		if (allowance->left_out > 0)
			log_print(LOG_INFO, "%u more %s", allowance->left_out, allowance->more);
		allowance->minute = now / (60 * UNITS_SECOND);
		allowance->written = allowance->left_out = 0;
	}
	if (allowance->written == LOG_BANS) {
		allowance->left_out++;
		return false;
	}
	allowance->written++;
	return true;
}

void log_ban(const struct config *config, const char *jail, const struct ban_entry *ban,
	     int64_t now)
{
	static struct allowance bans = { .more = "bans in that minute: relaydam list" };
	const struct rule *rule = filters_rule(config->filters, ban->rule);
	char client[PREFIX_TEXT], until[TIME_TEXT];

	if (!has_room(&bans, now))
		return;
	client_text(&ban->prefix, client);
	if (!to_journal()) {
		log_print(LOG_NOTICE, "%s %sbanned until %s: %s/%s, %u in jail %s", client,
			  ban->would ? "would be " : "",
			  time_local(steady_wall(ban->until), &config->zone, until), rule->filter,
			  rule->name, ban->hits, jail);
		return;
	}
	sd_journal_send("MESSAGE=%s %sbanned: %s/%s, %u in jail %s", client,
			ban->would ? "would be " : "", rule->filter, rule->name, ban->hits, jail,
			"MESSAGE_ID=" LOG_BAN_ID, "PRIORITY=%d", LOG_NOTICE, "RELAYDAM_ADDR=%s",
			client, "RELAYDAM_JAIL=%s", jail, "RELAYDAM_RULE=%s/%s", rule->filter,
			rule->name, "RELAYDAM_HITS=%u", ban->hits, "RELAYDAM_WOULD=%s",
			would_name(ban->would), "RELAYDAM_UNTIL=%s",
			time_rfc3339(steady_wall(ban->until), until), NULL);
}

void log_cut(const char *jail, const struct cut_report *cut, bool dry_run, int64_t now)
{
	static struct allowance cuts = { .more = "cuts in that minute: relaydam status" };
	bool ended = cut->outcome == CUT_ENDED;
	char client[PREFIX_TEXT], text[160];

	if ((!ended && cut->outcome != CUT_REFUSED && cut->outcome != CUT_FAILED) ||
	    !has_room(&cuts, now))
		return;
	client_text(&cut->prefix, client);
	if (ended)
		snprintf(text, sizeof(text), "%s: %u session%s %scut after %lld ms, jail %s",
			 client, cut->sessions, cut->sessions == 1 ? "" : "s",
			 dry_run ? "would be " : "", (long long)(cut->latency / 1000), jail);
	else
		snprintf(text, sizeof(text), "%s: cut %s, jail %s", client,
			 cut_outcome_name(cut->outcome), jail);
	if (!to_journal()) {
		log_note(LOG_NOTICE, text);
		return;
	}
	sd_journal_send("MESSAGE=%s", text, "MESSAGE_ID=" LOG_CUT_ID, "PRIORITY=%d", LOG_NOTICE,
			"RELAYDAM_ADDR=%s", client, "RELAYDAM_JAIL=%s", jail, "RELAYDAM_OUTCOME=%s",
			cut_outcome_name(cut->outcome), "RELAYDAM_SESSIONS=%u", cut->sessions,
			"RELAYDAM_LATENCY_USEC=%lld", (long long)cut->latency, NULL);
}
