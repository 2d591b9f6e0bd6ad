/* SPDX-License-Identifier: MIT */
#include "log_events.h"

#include <stdio.h>
#include <syslog.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "util/log.h"
#include "util/steady_clock.h"
#include "util/units.h"

struct budget {
	const char *more; /* the noun for those that were left out */
	int64_t minute;
	unsigned written, left_out;
};

/* May this one be written? Logs once a minute how many were not. */
static bool has_room(struct budget *budget, int64_t now)
{
	if (now / (60 * UNITS_SECOND) != budget->minute) {
		if (budget->left_out > 0)
			log_print(LOG_INFO, "%u more %s", budget->left_out, budget->more);
		budget->minute = now / (60 * UNITS_SECOND);
		budget->written = budget->left_out = 0;
	}
	if (budget->written == LOG_EVENTS) {
		budget->left_out++;
		return false;
	}
	budget->written++;
	return true;
}

void log_ban(const struct config *config, const char *jail, const struct ban_entry *ban,
	     int64_t now)
{
	static struct budget bans = { .more = "bans in that minute: relaydam list" };
	const struct rule *rule = filters_rule(config->filters, ban->rule);
	char client[PREFIX_TEXT], until[TIME_TEXT];

	if (!has_room(&bans, now))
		return;
	prefix_short(&ban->prefix, client);
	if (!log_is_journal()) {
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
	static struct budget cuts = { .more = "cuts in that minute: relaydam status" };
	bool ended = cut->outcome == CUT_ENDED;
	char client[PREFIX_TEXT], text[160];

	if ((!ended && cut->outcome != CUT_REFUSED && cut->outcome != CUT_FAILED) ||
	    !has_room(&cuts, now))
		return;
	prefix_short(&cut->prefix, client);
	if (ended)
		snprintf(text, sizeof(text), "%s: %u session%s %scut after %lld ms, jail %s",
			 client, cut->sessions, cut->sessions == 1 ? "" : "s",
			 dry_run ? "would be " : "", (long long)(cut->latency / 1000), jail);
	else
		snprintf(text, sizeof(text), "%s: cut %s, jail %s", client,
			 cut_outcome_name(cut->outcome), jail);
	if (!log_is_journal()) {
		log_note(LOG_NOTICE, text);
		return;
	}
	sd_journal_send("MESSAGE=%s", text, "MESSAGE_ID=" LOG_CUT_ID, "PRIORITY=%d", LOG_NOTICE,
			"RELAYDAM_ADDR=%s", client, "RELAYDAM_JAIL=%s", jail, "RELAYDAM_OUTCOME=%s",
			cut_outcome_name(cut->outcome), "RELAYDAM_SESSIONS=%u", cut->sessions,
			"RELAYDAM_LATENCY_USEC=%lld", (long long)cut->latency, NULL);
}
