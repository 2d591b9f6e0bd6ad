/* SPDX-License-Identifier: MIT */
/* What the engine and people tell, carried out: kernel, ledger, log. */
#include "enforcement.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "explain.h"
#include "replay/report.h"
#include "util/log.h"

static struct block_list *blocked_for(const struct daemon *daemon, uint32_t jail)
{
	return daemon->blocked[daemon->jail_confs[jail]->blocker_index];
}

static void remember(struct daemon *daemon, const struct hit *hit)
{
	struct recent_line line = {
		.addr = hit->addr, .time = hit->time, .rule = hit->rule->index, .text = daemon->line
	};

	if (daemon->current)
		recent_lines_add(daemon->evidence, &line);
}

static void on_hit(void *context, const struct hit *hit)
{
	struct daemon *daemon = context;

	client_stats_hit(daemon->tally, hit);
	remember(daemon, hit);
	if (daemon->options.debug)
		explain_hit(daemon, hit);
}

static void on_accepted(void *context, const struct hit *hit, bool banned)
{
	client_stats_accepted(((struct daemon *)context)->tally, hit, banned);
}

/* The lines that made a ban, the oldest first, as the ledger wants them. */
static size_t proof(const struct daemon *daemon, const struct prefix *prefix,
		    struct ledger_hit out[static LEDGER_HITS])
{
	struct recent_line lines[LEDGER_HITS];
	size_t n = recent_lines_of(daemon->evidence, prefix, lines, LEDGER_HITS);

	for (size_t i = 0; i < n; i++) {
		const struct recent_line *line = &lines[n - 1 - i];
		const struct rule *rule = filters_rule(daemon->config->filters, line->rule);

		out[i] = (struct ledger_hit){ .time = line->time,
					      .rule = span_of(rule->name),
					      .line = line->text };
	}
	return n;
}

static enum ledger_would written_would(const struct daemon *daemon, const struct ban *ban)
{
	if (ban->would != WOULD_NOT)
		return (enum ledger_would)ban->would;
	return daemon_is_dry(daemon) ? LEDGER_DRY : LEDGER_REAL;
}

enum enforce_fit enforce_fit(const struct daemon *daemon, const struct prefix *prefix,
			     uint32_t jail)
{
	struct prefix widest;

	if (jail == UINT32_MAX)
		return ENFORCE_NO_JAIL;
	if (ignore_ip_touches(daemon->ignore, prefix))
		return ENFORCE_IGNORED;
	widest = prefix_of(&prefix->addr, daemon->jails[jail].prefix4, daemon->jails[jail].prefix6);
	return prefix->bits < widest.bits ? ENFORCE_WIDE : ENFORCE_FIT;
}

bool enforce_read(const struct daemon *daemon, const struct ledger_ban *written, struct ban *ban)
{
	int64_t now = daemon_now();

	*ban = (struct ban){ .prefix = written->prefix,
			     .jail = daemon_jail(daemon, written->jail),
			     .since = written->since,
			     .until = written->until,
			     .rule = enforce_rule(daemon, written->rule),
			     .hits = written->hits,
			     .mails = written->mails,
			     .by = (uint32_t)(written->uid + 1) };
	if (written->would == LEDGER_FUSE || written->would == LEDGER_BUSY)
		ban->would = (enum would)written->would;
	/* made while the machine's clock was ahead of what it is now: it holds for as long as it was meant to, from now on */
	if (ban->since > now && ban->until != INT64_MAX)
		ban->until -= ban->since - now;
	/* ended before its time, at no place where a log that is read again could end it */
	if (written->end.how != LEDGER_IN_FORCE && written->end.at.source < 0 &&
	    written->end.time < ban->until)
		ban->until = written->end.time;
	return enforce_fit(daemon, &ban->prefix, ban->jail) == ENFORCE_FIT &&
	       (written->would != LEDGER_DRY || daemon_is_dry(daemon));
}

struct ledger_ban enforce_written(const struct daemon *daemon, const struct ban *ban,
				  struct rule_text *rule)
{
	*rule = enforce_rule_text(daemon, ban->rule);
	return (struct ledger_ban){ .prefix = ban->prefix,
				    .jail = span_of(daemon->jails[ban->jail].name),
				    .rule = span_of(rule->text),
				    .since = ban->since,
				    .until = ban->until,
				    .hits = ban->hits,
				    .uid = (int64_t)ban->by - 1,
				    .would = written_would(daemon, ban),
				    .mails = ban->mails,
				    .at = { .source = -1 } };
}

static void write_ban(struct daemon *daemon, const struct ban_event *event)
{
	struct rule_text rule;
	struct ledger_ban ban = enforce_written(daemon, &event->ban, &rule);
	struct ledger_hit hits[LEDGER_HITS];
	size_t n;

	if (!daemon->ledger)
		return;
	if (daemon->current)
		feed_mark(daemon->current, &ban.at);
	n = proof(daemon, &event->ban.prefix, hits);
	/* a ban that was held back is made by no line */
	ledger_ban(daemon->ledger, &ban, daemon->current ? daemon->line : (struct span){ 0 }, hits,
		   n);
	daemon->untold++;
}

struct rule_text enforce_rule_text(const struct daemon *daemon, uint32_t rule)
{
	struct rule_text out = { "" };
	const struct rule *found;

	if (rule >= filters_rules(daemon->config->filters))
		return out;
	found = filters_rule(daemon->config->filters, rule);
	snprintf(out.text, sizeof(out.text), "%s/%s", found->filter, found->name);
	return out;
}

uint32_t enforce_rule(const struct daemon *daemon, struct span text)
{
	struct rule_text name = { "" };
	const struct rule *rule;

	if (text.n == 0 || text.n >= sizeof(name.text))
		return BANS_BY_WORD;
	memcpy(name.text, text.p, text.n);
	rule = filters_find(daemon->config->filters, "", name.text);
	return rule ? rule->index : BANS_BY_WORD;
}

/* A blocker's entries stand for prefixes of one width: one for less would hit the neighbours that are to be left alone. */
static bool can_block(const struct daemon *daemon, const struct ban *ban)
{
	const struct blocker_conf *conf =
		daemon->blockers[daemon->jail_confs[ban->jail]->blocker_index]->conf;
	struct prefix entry =
		prefix_of(&ban->prefix.addr, (unsigned)conf->prefix4, (unsigned)conf->prefix6);

	return ban->would == WOULD_NOT && entry.bits >= ban->prefix.bits;
}

void enforce_block(struct daemon *daemon, const struct ban *ban)
{
	int64_t now = daemon_now();

	if (ban->until > now && can_block(daemon, ban))
		block_list_add(blocked_for(daemon, ban->jail), &ban->prefix.addr, ban->jail,
			       ban->until, now);
}

/* Its sessions are to end, too. */
static void cut(struct daemon *daemon, const struct ban *ban, const struct hit *hit)
{
	if (daemon->current)
		cut_control_ban(daemon, ban, daemon->current->last,
				daemon->current->last - hit->time);
}

/*
 * A client is under a ban and was served all the same: it had come before the ban, or its entry has no room in the
 * kernel. Who comes now is wanted there more than who does not: its entry is made the newest.
 */
static void on_stopped(void *context, const struct hit *hit)
{
	struct daemon *daemon = context;

	if (daemon->options.debug)
		explain_stopped(daemon, hit);
	for (uint32_t j = 0; j < daemon->jails_n; j++) {
		struct prefix prefix;
		const struct ban *ban;

		if (!jail_guards(&daemon->jails[j], hit->offence))
			continue;
		prefix = engine_prefix(daemon->engine, &hit->addr, j);
		ban = bans_find(engine_bans(daemon->engine), &prefix, j);
		if (!ban || ban->until <= hit->time || ban->would != WOULD_NOT)
			continue;
		if (block_list_ask(blocked_for(daemon, j), &prefix.addr, NULL) != BLOCK_LIST_HELD)
			enforce_block(daemon, ban);
		cut(daemon, ban, hit);
	}
}

void enforce_log(struct daemon *daemon)
{
	int64_t now = daemon->to_log_n > 0 ? daemon_now() : 0;

	for (size_t i = 0; i < daemon->to_log_n; i++) {
		const struct ban_entry *entry = &daemon->to_log[i];

		log_ban(daemon->config, daemon->jails[entry->jail].name, entry, now);
	}
	daemon->to_log_n = 0;
}

static void on_ban(void *context, const struct ban_event *event)
{
	struct daemon *daemon = context;
	struct ban_entry entry = ban_entry_of(event);

	if (event->ban.would == WOULD_NOT)
		client_stats_ban(daemon->tally, event);
	enforce_block(daemon, &event->ban);
	if (event->ban.would == WOULD_NOT && !event->spared)
		cut(daemon, &event->ban, event->hit);
	write_ban(daemon, event);
	if (daemon->to_log_n == DAEMON_TO_LOG)
		enforce_log(daemon);
	daemon->to_log[daemon->to_log_n++] = entry;
	if (daemon->options.debug)
		explain_ban(daemon, event);
}

/* As ledger_unban(). */
static int write_end(struct daemon *daemon, const struct ban *ban, enum ledger_how how, int64_t uid)
{
	struct rule_text rule;
	struct ledger_ban written = enforce_written(daemon, ban, &rule);
	struct ledger_end end = {
		.how = how, .time = daemon_now(), .uid = uid, .at = { .source = -1 }
	};

	if (!daemon->ledger)
		return 0;
	daemon->untold++;
	return ledger_unban(daemon->ledger, &written, &end);
}

void enforce_forget(struct daemon *daemon, const struct ban *ban)
{
	if (can_block(daemon, ban))
		block_list_end(blocked_for(daemon, ban->jail), &ban->prefix.addr, ban->jail,
			       daemon_now());
	write_end(daemon, ban, LEDGER_EXPIRED, -1);
}

/* Ended by its time, or forgotten for want of memory. */
static void on_unban(void *context, const struct ban *ban)
{
	enforce_forget(context, ban);
}

/* ---- what people tell ---- */

int daemon_ban(struct daemon *daemon, const struct ban *asked, int64_t uid)
{
	struct ban own = *asked, *ban = &own;
	struct ledger_ban written;
	struct rule_text rule;

	own.by = (uint32_t)(uid + 1);
	written = enforce_written(daemon, ban, &rule);
	if (daemon->ledger &&
	    ledger_ban(daemon->ledger, &written, (struct span){ 0 }, NULL, 0) != 0 &&
	    !ledger_counts(daemon->ledger).failing)
		return -ENOSPC;
	daemon->untold++;
	engine_ban(daemon->engine, ban);
	enforce_block(daemon, ban);
	cut_control_ban(daemon, ban, daemon_now(), 0);
	return 0;
}

int daemon_unban(struct daemon *daemon, const struct prefix *prefix, uint32_t jail, int64_t uid,
		 bool anyway)
{
	const struct ban *ban = bans_find(engine_bans(daemon->engine), prefix, jail);
	struct ban ended;

	if (!ban)
		return 0;
	/* first: what it has not got would be undone by a restart */
	if (write_end(daemon, ban, LEDGER_BY_COMMAND, uid) == LEDGER_FULL && !anyway)
		return -ENOSPC;
	engine_unban(daemon->engine, prefix, jail, &ended);
	if (can_block(daemon, &ended))
		block_list_end(blocked_for(daemon, jail), &prefix->addr, jail, daemon_now());
	return 1;
}

/* ---- fuses ---- */

static void write_fuse(struct daemon *daemon, const struct rule *rule,
		       const struct fuse_state *state)
{
	struct rule_text text = enforce_rule_text(daemon, rule->index);

	if (daemon->ledger)
		ledger_fuse(daemon->ledger, span_of(text.text), state);
}

static void on_fuse(void *context, const struct rule *rule, const struct fuse_state *state)
{
	struct daemon *daemon = context;

	write_fuse(daemon, rule, state);
	if (state->why == FUSE_SPARED)
		log_print(
			LOG_WARNING,
			"the fuse of rule %s/%s has blown: among %u bans in a short time were %u of "
			"clients that deliver. It only reports until you have looked: 'relaydam "
			"status', then 'relaydam fuse %s/%s --reset'",
			rule->filter, rule->name, state->bans, state->spared, rule->filter,
			rule->name);
	else
		log_print(LOG_WARNING,
			  "the fuse of rule %s/%s has blown: %u bans where %u are usual. It only "
			  "reports until you have looked: 'relaydam status', then 'relaydam fuse "
			  "%s/%s --reset'",
			  rule->filter, rule->name, state->bans, state->spared, rule->filter,
			  rule->name);
}

void enforce_mend(struct daemon *daemon, const struct rule *rule, int64_t uid)
{
	struct fuse_state whole = { 0 };

	engine_fuse_set(daemon->engine, rule->index, &whole);
	write_fuse(daemon, rule, &whole);
	log_print(LOG_NOTICE,
		  "the fuse of rule %s/%s was reset by user %lld: its bans are carried out",
		  rule->filter, rule->name, (long long)uid);
}

struct engine_events enforce_events(struct daemon *daemon)
{
	return (struct engine_events){ .context = daemon,
				       .hit = on_hit,
				       .accepted = on_accepted,
				       .stopped = on_stopped,
				       .ban = on_ban,
				       .unban = on_unban,
				       .fuse = on_fuse };
}
