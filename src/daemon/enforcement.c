/* SPDX-License-Identifier: MIT */
#include "enforcement.h"

#include <errno.h>
#include <stdlib.h>

#include "ban_record.h"
#include "checkpoint.h"
#include "cut_control.h"
#include "daemon_state.h"
#include "engine/ban_log.h"
#include "engine/client_stats.h"
#include "engine/engine_bans.h"
#include "explain.h"
#include "fuse_control.h"
#include "log_events.h"
#include "recent_lines.h"
#include "source_feed.h"

enum { MESSAGES = 64 };

struct ban_messages {
	struct ban_entry list[MESSAGES];
	size_t n;
};

int ban_messages_new(struct ban_messages **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void ban_messages_free(struct ban_messages *messages)
{
	free(messages);
}

void enforce_log(struct daemon *daemon)
{
	struct ban_messages *messages = daemon->messages;
	int64_t now = messages->n > 0 ? daemon_now() : 0;

	for (size_t i = 0; i < messages->n; i++) {
		const struct ban_entry *entry = &messages->list[i];

		log_ban(daemon->policy->config, daemon->policy->jails[entry->jail].name, entry,
			now);
	}
	messages->n = 0;
}

/* ---- kernel ---- */

void enforce_block(struct daemon *daemon, const struct ban *ban)
{
	const struct policy *policy = daemon->policy;
	int64_t now = daemon_now();

	if (ban->until > now && policy_can_block(policy, ban))
		block_list_add(policy_block_list(policy, ban->jail), &ban->prefix.addr, ban->jail,
			       ban->until, now);
}

void enforce_unblock(const struct policy *policy, const struct ban *ban)
{
	if (policy_can_block(policy, ban))
		block_list_end(policy_block_list(policy, ban->jail), &ban->prefix.addr, ban->jail,
			       daemon_now());
}

/* The client's sessions are to end. A ban that no line made has none to be cut by. */
static void cut_sessions(struct daemon *daemon, const struct ban *ban, const struct hit *hit)
{
	const struct feed *feed = daemon->line_feed;

	if (feed)
		cut_control_ban(daemon, ban, feed->last, feed->last - hit->time);
}

/* ---- ledger ---- */

/* The lines that made a ban, the oldest first. */
static size_t evidence(const struct daemon *daemon, const struct prefix *prefix,
		       struct ledger_hit out[static LEDGER_HITS])
{
	struct recent_line lines[LEDGER_HITS];
	size_t n = recent_lines_of(daemon->recent, prefix, lines, LEDGER_HITS);

	for (size_t i = 0; i < n; i++) {
		const struct recent_line *line = &lines[n - 1 - i];
		const struct rule *rule = filters_rule(daemon->policy->config->filters, line->rule);

		out[i] = (struct ledger_hit){ .time = line->time,
					      .rule = span_of(rule->name),
					      .line = line->text };
	}
	return n;
}

static void write_ban(struct daemon *daemon, const struct ban *ban)
{
	struct rule_text rule;
	struct ledger_ban written = ban_record_write(daemon->policy, ban, &rule);
	struct ledger_hit hits[LEDGER_HITS];
	struct span line = { 0 };
	size_t n;

	if (!daemon->ledger)
		return;
	if (daemon->line_feed) {
		feed_mark(daemon->line_feed, &written.at);
		line = daemon->line;
	}
	n = evidence(daemon, &ban->prefix, hits);
	ledger_ban(daemon->ledger, &written, line, hits, n);
	checkpoint_count(daemon->checkpoint);
}

int enforce_write_end(struct daemon *daemon, const struct policy *policy, const struct ban *ban,
		      enum ledger_how how, int64_t uid)
{
	struct rule_text rule;
	struct ledger_ban written = ban_record_write(policy, ban, &rule);
	struct ledger_end end = {
		.how = how, .time = daemon_now(), .uid = uid, .at = { .source = -1 }
	};

	if (!daemon->ledger)
		return 0;
	checkpoint_count(daemon->checkpoint);
	return ledger_unban(daemon->ledger, &written, &end);
}

void enforce_end(struct daemon *daemon, const struct policy *policy, const struct ban *ban)
{
	enforce_unblock(policy, ban);
	enforce_write_end(daemon, policy, ban, LEDGER_EXPIRED, -1);
}

/* ---- the engine's events ---- */

static void on_hit(void *context, const struct hit *hit)
{
	struct daemon *daemon = context;
	struct recent_line line = {
		.addr = hit->addr, .time = hit->time, .rule = hit->rule->index, .text = daemon->line
	};

	client_stats_hit(daemon->stats, hit);
	if (daemon->line_feed)
		recent_lines_add(daemon->recent, &line);
	if (daemon->options.debug)
		explain_hit(daemon, hit);
}

static void on_accepted(void *context, const struct hit *hit, bool banned)
{
	client_stats_accepted(((struct daemon *)context)->stats, hit, banned);
}

/*
 * A client is banned and was served all the same: it had come before the ban, or its entry has no room in the kernel. An active
 * client matters more than an idle one, so its entry is refreshed.
 */
static void on_stopped(void *context, const struct hit *hit)
{
	struct daemon *daemon = context;
	const struct policy *policy = daemon->policy;

	if (daemon->options.debug)
		explain_stopped(daemon, hit);
	for (uint32_t j = 0; j < policy->jails_n; j++) {
		struct prefix prefix;
		const struct ban *ban;

		if (!jail_guards(&policy->jails[j], hit->offence))
			continue;
		prefix = engine_prefix(policy->engine, &hit->addr, j);
		ban = bans_find(engine_bans(policy->engine), &prefix, j);
		if (!ban || ban->until <= hit->time || ban->would != WOULD_NOT)
			continue;
		if (block_list_ask(policy_block_list(policy, j), &prefix.addr, NULL) !=
		    BLOCK_LIST_HELD)
			enforce_block(daemon, ban);
		cut_sessions(daemon, ban, hit);
	}
}

static void on_ban(void *context, const struct ban_event *event)
{
	struct daemon *daemon = context;
	struct ban_messages *messages = daemon->messages;

	if (event->ban.would == WOULD_NOT)
		client_stats_ban(daemon->stats, event);
	enforce_block(daemon, &event->ban);
	if (event->ban.would == WOULD_NOT && !event->spared)
		cut_sessions(daemon, &event->ban, event->hit);
	write_ban(daemon, &event->ban);
	if (messages->n == MESSAGES)
		enforce_log(daemon);
	messages->list[messages->n++] = ban_entry_of(event);
	if (daemon->options.debug)
		explain_ban(daemon, event);
}

/* The ban has ended, or was evicted because the memory was full. */
static void on_unban(void *context, const struct ban *ban)
{
	struct daemon *daemon = context;

	enforce_end(daemon, daemon->policy, ban);
}

static void on_fuse(void *context, const struct rule *rule, const struct fuse_state *state)
{
	fuse_control_blown(context, rule, state);
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
