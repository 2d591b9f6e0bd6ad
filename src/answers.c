/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "control_request.h"
#include "daemon.h"
#include "report.h"
#include "units.h"

#ifndef VERSION
#define VERSION "0"
#endif

enum { RECENT = 20, EARLIER = 20 };

/* An answer that goes out when the ledger has written up to the ticket. */
struct waiting {
	struct waiting *next;
	struct control_reply *reply;
	json_t *answer;
	uint64_t ticket;
};

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *when(int64_t us)
{
	char text[TIME_TEXT];

	return us == INT64_MAX ? json_null() : json_string(time_rfc3339(us, text));
}

/* What came from a log may be no UTF-8: then byte by byte, as if it were Latin-1. */
static json_t *text(struct span s)
{
	json_t *string = s.p ? json_stringn(s.p, s.n) : json_string("");
	char *wide;
	size_t n = 0;

	if (string || !s.p)
		return string;
	wide = malloc(2 * s.n + 1);
	if (!wide)
		return json_null();
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x80) {
			wide[n++] = (char)(c ? c : ' ');
		} else {
			wide[n++] = (char)(0xc0 | c >> 6);
			wide[n++] = (char)(0x80 | (c & 0x3f));
		}
	}
	string = json_stringn(wide, n);
	free(wide);
	return string;
}

static const char *jail_name(const struct daemon *daemon, uint32_t jail)
{
	return daemon->jails[jail].name;
}

static bool in_kernel(const struct daemon *daemon, const struct ban *ban)
{
	const struct blocked *blocked = daemon->blocked[daemon->jail_blocker[ban->jail]];

	return blocked_ask(blocked, &ban->prefix.addr, NULL) == BLOCKED_HELD;
}

static bool overlaps(const struct prefix *a, const struct prefix *b)
{
	struct addr a_last = prefix_last(a), b_last = prefix_last(b);

	return memcmp(a->addr.b, b_last.b, sizeof(b_last.b)) <= 0 &&
	       memcmp(b->addr.b, a_last.b, sizeof(a_last.b)) <= 0;
}

/* ---- one ban, with what the ledger knows of it ---- */

struct found {
	const struct daemon *daemon;
	const struct ban *ban;
	json_t *object;
};

static int take_line(void *context, const struct ledger_hit *line)
{
	json_array_append_new(context, text(line->line));
	return 0;
}

static int take_written(void *context, const struct ledger_ban *written)
{
	struct found *found = context;
	json_t *lines;

	if (written->since != found->ban->since ||
	    !span_equal(written->jail, span_of(jail_name(found->daemon, found->ban->jail))))
		return 0;
	lines = json_array();
	ledger_lines(found->daemon->ledger, written->id, take_line, lines);
	json_object_set_new(found->object, "lines", lines);
	return 1;
}

static json_t *ban_object(const struct daemon *daemon, const struct ban *ban)
{
	char prefix[PREFIX_TEXT];
	json_t *object = json_object();

	json_object_set_new(object, "addr", json_string(client_text(&ban->prefix, prefix)));
	json_object_set_new(object, "prefix", json_string(prefix_format(&ban->prefix, prefix)));
	json_object_set_new(object, "jail", json_string(jail_name(daemon, ban->jail)));
	json_object_set_new(object, "since", when(ban->since));
	json_object_set_new(object, "until", when(ban->until));
	json_object_set_new(object, "in_kernel", json_boolean(in_kernel(daemon, ban)));
	json_object_set_new(object, "hits", count(ban->hits));
	json_object_set_new(object, "by",
			    json_string(ban->rule == BANS_BY_WORD ? "command" : "rule"));
	if (ban->rule != BANS_BY_WORD) {
		const struct rule *rule = filters_rule(daemon->config->filters, ban->rule);

		json_object_set_new(object, "rule", json_string(rule->name));
		json_object_set_new(object, "filter", json_string(rule->filter));
	}
	return object;
}

/* The lines that are still at hand, where the ledger has not got them yet, or there is none. */
static void add_recent_lines(const struct daemon *daemon, const struct ban *ban, json_t *object)
{
	struct evidence_line lines[LEDGER_HITS];
	size_t n = evidence_of(daemon->evidence, &ban->prefix, lines, LEDGER_HITS);
	json_t *array = json_array();

	for (size_t i = n; i-- > 0;)
		if (lines[i].time <= ban->since)
			json_array_append_new(array, text(lines[i].text));
	json_object_set_new(object, "lines", array);
}

static json_t *explained_ban(const struct daemon *daemon, const struct ban *ban)
{
	struct found found = { daemon, ban, ban_object(daemon, ban) };
	int r = 0;

	if (daemon->ledger)
		r = ledger_history(daemon->ledger, &ban->prefix, EARLIER, take_written, &found);
	if (r != 1)
		add_recent_lines(daemon, ban, found.object);
	return found.object;
}

/* ---- status ADDR ---- */

struct past {
	const struct daemon *daemon;
	json_t *array;
};

static int take_earlier(void *context, const struct ledger_ban *written)
{
	struct past *past = context;

	if (written->end.how == LEDGER_IN_FORCE && written->until > daemon_now())
		return 0;
	json_array_append_new(past->array,
			      json_pack("{s:o, s:o, s:o, s:o, s:o}", "jail", text(written->jail),
					"rule", text(written->rule), "since", when(written->since),
					"until",
					when(written->end.how == LEDGER_IN_FORCE ||
							     written->end.how == LEDGER_EXPIRED
						     ? written->until
						     : written->end.time),
					"hits", count(written->hits)));
	return 0;
}

static json_t *windows(const struct daemon *daemon, const struct addr *addr)
{
	json_t *array = json_array();

	for (uint32_t j = 0; j < daemon->jails_n; j++) {
		struct window_count there =
			engine_window(daemon->engine, addr, j, engine_last(daemon->engine));

		if (there.hits == 0)
			continue;
		json_array_append_new(array,
				      json_pack("{s:s, s:o, s:o, s:o}", "jail",
						jail_name(daemon, j), "hits", count(there.hits),
						"maxretry", count(daemon->jails[j].rule.maxretry),
						"oldest", when(there.oldest)));
	}
	return array;
}

static json_t *recent(const struct daemon *daemon, const struct prefix *prefix)
{
	struct evidence_line lines[RECENT];
	size_t n = evidence_of(daemon->evidence, prefix, lines, RECENT);
	json_t *array = json_array();

	for (size_t i = n; i-- > 0;) {
		const struct rule *rule = filters_rule(daemon->config->filters, lines[i].rule);

		json_array_append_new(array,
				      json_pack("{s:o, s:s, s:o}", "time", when(lines[i].time),
						"rule", rule->name, "line", text(lines[i].text)));
	}
	return array;
}

static json_t *bans_of(const struct daemon *daemon, const struct prefix *prefix)
{
	const struct bans *bans = engine_bans(daemon->engine);
	json_t *array = json_array();

	for (uint32_t i = 0; i < bans_count(bans); i++)
		if (overlaps(&bans_at(bans, i)->prefix, prefix))
			json_array_append_new(array, explained_ban(daemon, bans_at(bans, i)));
	return array;
}

static json_t *status_of(const struct daemon *daemon, const struct prefix *prefix)
{
	struct past past = { daemon, json_array() };
	json_t *object = json_object(), *bans = bans_of(daemon, prefix);
	char client[PREFIX_TEXT];

	if (daemon->ledger)
		ledger_history(daemon->ledger, prefix, EARLIER, take_earlier, &past);
	json_object_set_new(object, "ok", json_true());
	json_object_set_new(object, "now", when(daemon_now()));
	json_object_set_new(object, "addr", json_string(client_text(prefix, client)));
	json_object_set_new(object, "banned", json_boolean(json_array_size(bans) > 0));
	json_object_set_new(object, "ignored",
			    json_boolean(ignore_has(daemon->ignore, &prefix->addr)));
	json_object_set_new(object, "bans", bans);
	json_object_set_new(object, "windows", windows(daemon, &prefix->addr));
	json_object_set_new(object, "recent", recent(daemon, prefix));
	json_object_set_new(object, "earlier", past.array);
	json_object_set_new(object, "accepted", count(tally_mails(daemon->tally, &prefix->addr)));
	return object;
}

/* ---- status ---- */

static json_t *unknown_programs(const struct daemon *daemon)
{
	const struct program_count *programs;
	size_t n = filters_programs(daemon->config->filters, &programs);
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		if (!programs[i].known && programs[i].lines > 0)
			json_array_append_new(array, json_pack("{s:o, s:o}", "program",
							       text(programs[i].name), "lines",
							       count(programs[i].lines)));
	return array;
}

static json_t *rules(const struct daemon *daemon)
{
	const struct filters *filters = daemon->config->filters;
	json_t *array = json_array();

	for (size_t i = 0; i < filters_rules(filters); i++) {
		const struct rule *rule = filters_rule(filters, i);
		uint64_t hits = tally_rule_hits(daemon->tally, i);

		if (hits > 0)
			json_array_append_new(array,
					      json_pack("{s:s, s:s, s:o}", "filter", rule->filter,
							"name", rule->name, "hits", count(hits)));
	}
	return array;
}

static json_t *jails(const struct daemon *daemon)
{
	const struct bans *bans = engine_bans(daemon->engine);
	uint64_t in_force[CONFIG_JAILS] = { 0 };
	json_t *array = json_array();

	for (uint32_t i = 0; i < bans_count(bans); i++)
		in_force[bans_at(bans, i)->jail]++;
	for (uint32_t j = 0; j < daemon->jails_n; j++)
		json_array_append_new(array,
				      json_pack("{s:s, s:o, s:o}", "name", jail_name(daemon, j),
						"bans", count(tally_jail_bans(daemon->tally, j)),
						"in_force", count(in_force[j])));
	return array;
}

static json_t *sources(const struct daemon *daemon)
{
	json_t *array = json_array();

	for (size_t i = 0; i < daemon->feeds_n; i++) {
		const struct feed *feed = &daemon->feeds[i];
		struct ledger_mark mark;
		char place[LEDGER_CURSOR + 1] = "";

		if (feed_mark(feed, &mark) && feed->follow)
			snprintf(place, sizeof(place), "%llu",
				 (unsigned long long)mark.place.offset);
		json_array_append_new(
			array, json_pack("{s:s, s:s, s:o, s:o, s:f, s:o, s:s}", "name", feed->name,
					 "state", feed->filling ? "reading again" : "ok", "lines",
					 count(feed->lines), "lag_bytes", count(feed_lag(feed)),
					 "lag_seconds", 0.0, "lost", count(feed_lost(feed)),
					 "place", place));
	}
	return array;
}

static const char *type_name(enum blocker_type type)
{
	static const char *const names[] = { "xt_recent", "nft", "print" };

	return names[type];
}

static json_t *blockers(const struct daemon *daemon, uint64_t *waiting)
{
	json_t *array = json_array();

	for (size_t i = 0; i < daemon->blockers_n; i++) {
		const struct blocker_conf *conf = daemon->blockers[i].conf;
		struct blocked_counts c = blocked_counts(daemon->blocked[i]);
		uint64_t out = (uint64_t)c.waiting[0] + c.waiting[1];

		*waiting += out;
		json_array_append_new(
			array,
			json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "name", conf->name, "type",
				  type_name(conf->type), "list", conf->list, "state",
				  c.away[0] || c.away[1] ? daemon->blockers[i].trouble : "ok",
				  "entries", count((uint64_t)c.held[0] + c.held[1]), "capacity",
				  count(c.slots[0]), "not_in_kernel", count(out)));
	}
	return array;
}

static json_t *ledger(const struct daemon *daemon)
{
	struct ledger_counts counts;

	if (!daemon->ledger)
		return json_pack("{s:s}", "state", "none");
	counts = ledger_counts(daemon->ledger);
	return json_pack("{s:s, s:o, s:o}", "state",
			 counts.failing ? "cannot be written: is the disk full?" : "ok", "queued",
			 count(counts.queued), "failed", count(counts.lost + counts.refused));
}

static json_t *warnings(const struct daemon *daemon)
{
	struct engine_counts counts = engine_counts(daemon->engine);
	json_t *array = json_array();

	if (counts.lines >= 1000 && counts.matched == 0)
		json_array_append_new(array, json_string("1000 lines and more, and no rule took "
							 "one: do the filters fit this log?"));
	if (counts.lost > 0)
		json_array_append_new(
			array, json_sprintf("%llu messages were dropped by the log's own writer: "
					    "lift its rate limit",
					    (unsigned long long)counts.lost));
	return array;
}

static json_t *status(const struct daemon *daemon)
{
	struct engine_counts c = engine_counts(daemon->engine);
	struct engine_losses losses = engine_losses(daemon->engine);
	uint64_t waiting = 0;
	json_t *object = json_object(), *list = blockers(daemon, &waiting);

	json_object_set_new(object, "ok", json_true());
	json_object_set_new(object, "now", when(daemon_now()));
	json_object_set_new(object, "version", json_string(VERSION));
	json_object_set_new(object, "pid", json_integer(getpid()));
	json_object_set_new(object, "since", when(daemon->started));
	json_object_set_new(object, "config", json_string(daemon->config->path));
	json_object_set_new(object, "dry_run", json_boolean(daemon->options.dry_run));
	json_object_set_new(object, "lines", count(c.lines));
	json_object_set_new(object, "records", count(c.records));
	json_object_set_new(object, "hits", count(c.hits));
	json_object_set_new(object, "bans", count(c.bans));
	json_object_set_new(object, "stopped", count(c.stopped));
	json_object_set_new(object, "accepted", count(c.accepted));
	json_object_set_new(object, "bans_in_force",
			    count(bans_count(engine_bans(daemon->engine))));
	json_object_set_new(object, "not_in_kernel", count(waiting));
	json_object_set_new(object, "lines_per_second", json_real(daemon->lines_per_second));
	json_object_set_new(object, "unknown", unknown_programs(daemon));
	json_object_set_new(object, "rules", rules(daemon));
	json_object_set_new(object, "jails", jails(daemon));
	json_object_set_new(object, "table",
			    json_pack("{s:o}", "evicted",
				      count(losses.evicted_windows + losses.evicted_bans +
					    losses.evicted_sessions)));
	json_object_set_new(object, "sources", sources(daemon));
	json_object_set_new(object, "blockers", list);
	json_object_set_new(object, "ledger", ledger(daemon));
	json_object_set_new(object, "warnings", warnings(daemon));
	return object;
}

/* ---- list, ban, unban, reload ---- */

static void list(const struct daemon *daemon, struct control_reply *reply)
{
	const struct bans *bans = engine_bans(daemon->engine);

	for (uint32_t i = 0; i < bans_count(bans); i++)
		if (control_reply_add(reply, ban_object(daemon, bans_at(bans, i))) < 0)
			break;
	control_reply_add(reply, json_pack("{s:b, s:o, s:o}", "ok", 1, "now", when(daemon_now()),
					   "bans", count(bans_count(bans))));
	control_reply_end(reply);
}

static bool is_first_of_blocker(const struct daemon *daemon, uint32_t jail)
{
	for (uint32_t j = 0; j < jail; j++)
		if (daemon->jail_blocker[j] == daemon->jail_blocker[jail])
			return false;
	return true;
}

/* Goes out when it is on the disk. */
static void answer_later(struct daemon *daemon, struct control_reply *reply, json_t *answer)
{
	struct waiting *waiting = daemon->ledger ? calloc(1, sizeof(*waiting)) : NULL;

	if (!waiting) {
		control_reply_add(reply, answer);
		control_reply_end(reply);
		return;
	}
	ledger_turn(daemon->ledger, daemon_now());
	*waiting = (struct waiting){ .next = daemon->waiting,
				     .reply = reply,
				     .answer = answer,
				     .ticket = ledger_commit(daemon->ledger) };
	daemon->waiting = waiting;
}

void answers_committed(struct daemon *daemon, uint64_t ticket)
{
	struct waiting **link = &daemon->waiting;

	while (*link) {
		struct waiting *waiting = *link;

		if (waiting->ticket > ticket) {
			link = &waiting->next;
			continue;
		}
		*link = waiting->next;
		control_reply_add(waiting->reply, waiting->answer);
		control_reply_end(waiting->reply);
		free(waiting);
	}
}

static void ban(struct daemon *daemon, const json_t *request, int64_t uid,
		struct control_reply *reply)
{
	const char *name = json_string_value(json_object_get(request, "jail"));
	json_t *made = json_array();
	struct prefix asked;
	int64_t duration = 0;

	control_request_prefix(request, &asked);
	control_request_for(request, &duration);
	if (ignore_touches(daemon->ignore, &asked)) {
		json_decref(made);
		control_reply_refuse(reply, EXIT_NO,
				     "it is in ignoreip, or one of this machine's own");
		return;
	}
	for (uint32_t j = 0; j < daemon->jails_n; j++) {
		const struct jail *jail = &daemon->jails[j];
		struct ban ban = { .jail = j, .since = daemon_now(), .rule = BANS_BY_WORD };

		if (name ? strcmp(name, jail->name) != 0 : !is_first_of_blocker(daemon, j))
			continue;
		ban.prefix = engine_prefix(daemon->engine, &asked.addr, j);
		ban.until = ban.since + (duration ? duration : jail->bantime);
		if (daemon_ban(daemon, &ban, uid) == 0)
			json_array_append_new(made, ban_object(daemon, &ban));
	}
	daemon_act(daemon);
	if (json_array_size(made) == 0) {
		json_decref(made);
		control_reply_refuse(reply, EXIT_NO, "there is no such jail: relaydam status");
		return;
	}
	answer_later(daemon, reply,
		     json_pack("{s:b, s:o, s:o}", "ok", 1, "now", when(daemon_now()), "bans",
			       made));
}

static void unban(struct daemon *daemon, const json_t *request, int64_t uid,
		  struct control_reply *reply)
{
	const struct bans *bans = engine_bans(daemon->engine);
	uint32_t n = bans_count(bans);
	struct ban *all = calloc(n + 1U, sizeof(*all));
	struct prefix asked;
	bool one = control_request_prefix(request, &asked);
	uint64_t ended = 0;

	/* a copy: the order changes when one goes */
	for (uint32_t i = 0; all && i < n; i++)
		all[i] = *bans_at(bans, i);
	for (uint32_t i = 0; all && i < n; i++)
		if (!one || overlaps(&all[i].prefix, &asked))
			ended += (uint64_t)daemon_unban(daemon, &all[i].prefix, all[i].jail, uid);
	free(all);
	daemon_act(daemon);
	if (one && ended == 0) {
		control_reply_refuse(reply, EXIT_NO, "it is not banned");
		return;
	}
	answer_later(daemon, reply, json_pack("{s:b, s:o}", "ok", 1, "bans", count(ended)));
}

static void reload(struct daemon *daemon, struct control_reply *reply)
{
	char error[512];

	if (daemon_reload(daemon, error) < 0) {
		control_reply_refuse(reply, EXIT_CONFIG, error);
		return;
	}
	control_reply_add(reply,
			  json_pack("{s:b, s:s, s:o, s:o}", "ok", 1, "config", daemon->config->path,
				    "rules", count(filters_rules(daemon->config->filters)), "jails",
				    count(daemon->jails_n)));
	control_reply_end(reply);
}

void answers_handle(void *context, const json_t *request, const struct ucred *peer,
		    struct control_reply *reply)
{
	struct daemon *daemon = context;
	const char *command = json_string_value(json_object_get(request, "command"));
	struct prefix prefix;

	if (strcmp(command, "status") == 0) {
		control_reply_add(reply, control_request_prefix(request, &prefix)
						 ? status_of(daemon, &prefix)
						 : status(daemon));
		control_reply_end(reply);
	} else if (strcmp(command, "list") == 0) {
		list(daemon, reply);
	} else if (strcmp(command, "ban") == 0) {
		ban(daemon, request, peer->uid, reply);
	} else if (strcmp(command, "unban") == 0) {
		unban(daemon, request, peer->uid, reply);
	} else {
		reload(daemon, reply);
	}
}
