/* SPDX-License-Identifier: MIT */
#include "engine/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/ignore_host.h"
#include "engine/log_source.h"
#include "engine_decide.h"
#include "logline/dropped.h"
#include "util/units.h"

enum {
	EXPIRE_BANS = 256, /* at a call */
	BANS_SIXTEENTHS = 3,
};

/* How many hits of a client a jail may have to remember. */
static uint32_t most_hits(const struct engine_options *options, const struct jail *jail)
{
	uint64_t most = jail->rule.maxretry;

	if (jail->spare && options->spare.delivered > 0)
		most *= options->spare.factor;
	return most < WINDOW_MAXRETRY ? (uint32_t)most : WINDOW_MAXRETRY;
}

static int copy_jails(struct engine *engine, const struct engine_options *options)
{
	engine->jails = calloc(options->jails_n + 1U, sizeof(*engine->jails));
	if (!engine->jails)
		return -ENOMEM;
	for (uint32_t j = 0; j < options->jails_n; j++) {
		struct jail *jail = &engine->jails[j];

		*jail = options->jails[j];
		jail->rule.most = most_hits(options, jail);
		jail->rule.distinct = jail->distinct != DISTINCT_NO;
		engine->values |= 1U << jail->distinct;
	}
	engine->options.jails = engine->jails;
	return 0;
}

static int make_window(struct engine *engine, const struct engine_options *options, size_t bytes)
{
	struct window_rule *rules = calloc(options->jails_n + 1U, sizeof(*rules));
	int r;

	if (!rules)
		return -ENOMEM;
	for (uint32_t i = 0; i < options->jails_n; i++)
		rules[i] = engine->jails[i].rule;
	r = window_new(&engine->window, rules, options->jails_n, bytes, &options->seed);
	free(rules);
	return r;
}

/* In sixteenths: three for bans, two for sessions, what fair takes, and the rest for windows. */
static int make_tables(struct engine *engine, const struct engine_options *options)
{
	struct fairness_options fair = {
		.jails = engine->jails,
		.jails_n = options->jails_n,
		.rules = options->filters ? filters_rules(options->filters) : 0,
		.spare = options->spare,
		.fuse = options->fuse,
		.sixteenth = options->memory / 16,
		.seed = &options->seed,
	};
	size_t sixteenth = options->memory / 16;
	int r = make_window(engine, options, (11 - fairness_sixteenths(&fair)) * sixteenth);

	if (r == 0)
		r = bans_new(&engine->bans, options->jails_n, BANS_SIXTEENTHS * sixteenth,
			     &options->seed);
	if (r == 0)
		r = correlation_new(&engine->session, 2 * sixteenth, &options->seed);
	if (r == 0)
		r = fairness_new(&engine->fair, &fair);
	return r;
}

int engine_new(struct engine **out, const struct engine_options *options)
{
	struct engine *engine;
	int r;

	if (options->memory < ENGINE_LEAST_MEMORY)
		return -EINVAL;
	engine = calloc(1, sizeof(*engine));
	if (!engine)
		return -ENOMEM;
	engine->options = *options;
	engine->expire_at = INT64_MIN;
	r = copy_jails(engine, options);
	if (r == 0)
		r = make_tables(engine, options);
	if (r < 0) {
		engine_free(engine);
		return r;
	}
	*out = engine;
	return 0;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	window_free(engine->window);
	bans_free(engine->bans);
	bans_free(engine->over);
	correlation_free(engine->session);
	fairness_free(&engine->fair);
	free(engine->jails);
	free(engine);
}

void engine_advance(struct engine *engine, int64_t now)
{
	const struct engine_events *events = &engine->options.events;
	struct ban ended;
	int n = 0;

	if (now < engine->expire_at)
		return;
	for (; n < EXPIRE_BANS && bans_expire(engine->bans, now, &ended); n++)
		if (events->unban)
			events->unban(events->context, &ended);
	engine->expiring = n == EXPIRE_BANS;
	engine->expiring |= window_expire(engine->window, now);
	engine->expiring |= correlation_expire(engine->session, now);
	if (engine->fair.spare)
		engine->expiring |= spare_expire(engine->fair.spare, now);
	/* a flood's end a findtime later is shared by many calls */
	engine->expire_at = engine->expiring ? now : now + UNITS_SECOND;
}

static void tell(struct engine *engine, const struct hit *hit)
{
	const struct engine_events *events = &engine->options.events;

	if (hit->offence == OFFENCE_MESSAGE) {
		engine->counts.accepted++;
		if (events->accepted)
			events->accepted(events->context, hit,
					 decide_mail(engine, &hit->addr, hit->time));
	} else {
		engine->counts.hits += hit->weight;
		if (events->hit)
			events->hit(events->context, hit);
	}
}

void engine_hit(struct engine *engine, const struct hit *hit)
{
	const struct engine_events *events = &engine->options.events;
	bool stopped = false;

	engine_advance(engine, hit->time);
	if (ignore_ip_has(engine->options.ignore, &hit->addr)) {
		engine->counts.ignored++;
		return;
	}
	if (!engine->filling)
		tell(engine, hit);
	if (hit->offence == OFFENCE_MESSAGE)
		decide_learn(engine, hit);
	for (uint32_t j = 0; j < engine->options.jails_n; j++)
		if (jail_guards(&engine->jails[j], hit->offence))
			stopped |= !decide_hit(engine, j, hit);
	if (stopped && !engine->filling && hit->offence != OFFENCE_MESSAGE) {
		engine->counts.stopped += hit->weight;
		if (events->stopped)
			events->stopped(events->context, hit);
	}
}

/* A rule that proves an offence: less what its companions have counted already. */
static uint32_t counted_weight(struct engine *engine, const struct record *record,
			       const struct match *match)
{
	uint32_t weight = match->weight;

	if (match->rule->weak_n > 0)
		correlation_credit(engine->session, record, match);
	if (match->rule->uncounted)
		return 0;
	if (match->rule->is_weak) {
		weight = correlation_uncredited(engine->session, record, match);
		engine->counts.companions += match->weight - weight;
	}
	return weight;
}

/* The line that names a queue id's client: what waited for it counts now. */
static void opened(struct engine *engine, const struct record *record, const struct match *match,
		   struct hit *h)
{
	uint32_t rule;

	if (!match->has_addr)
		return;
	correlation_open(engine->session, record, match);
	while (correlation_pended(engine->session, &rule, &h->weight)) {
		h->rule = filters_rule(engine->options.filters, rule);
		h->offence = h->rule->offence;
		engine_hit(engine, h);
	}
}

/* From the rule that took the record to a hit, if it makes one. */
static void matched(struct engine *engine, const struct record *record, const struct match *match)
{
	struct hit h = {
		.rule = match->rule,
		.offence = match->rule->offence,
		.addr = match->addr,
		.port = match->port,
		.weight = match->weight,
		.time = record->time,
		.value = { match->value[0], match->value[1] },
	};

	engine->counts.matched++;
	switch (match->rule->role) {
	case SESSION_OPEN:
		opened(engine, record, match, &h);
		return;
	case SESSION_CLOSE:
		correlation_close(engine->session, record, match);
		return;
	case SESSION_ACCEPT:
		if (correlation_accept(engine->session, record, match, &h.addr) == 0)
			return;
		h.weight = 1;
		break;
	case SESSION_CREDIT:
		if (match->has_addr)
			correlation_credit(engine->session, record, match);
		return;
	case SESSION_PENDING:
		if (correlation_pend(engine->session, record, match, &h.addr) == 0)
			return;
		break;
	case SESSION_NO:
		if (!match->has_addr)
			return;
		h.weight = counted_weight(engine, record, match);
		break;
	}
	if (h.weight > 0 && match->host_ignored && h.offence != OFFENCE_MESSAGE)
		engine->counts.ignored++;
	else if (h.weight > 0)
		engine_hit(engine, &h);
}

static size_t keep_text(char *to, size_t size, struct span from)
{
	size_t n = from.n < size ? from.n : size;

	if (n > 0)
		memcpy(to, from.p, n);
	return n;
}

static void remember(struct remembered *last, const struct record *record,
		     const struct match *match)
{
	last->valid = true;
	last->match = *match;
	last->match.weight /= record->repeat;
	last->pid = record->pid;
	last->program_n = keep_text(last->program, sizeof(last->program), record->program);
	last->qid_n = keep_text(last->qid, sizeof(last->qid), match->qid);
}

/* "last message repeated N times": the remembered record N times more. */
static void repeat_last(struct engine *engine, const struct remembered *last,
			const struct record *record)
{
	struct record again = *record;
	struct match match = last->match;
	uint64_t weight = (uint64_t)match.weight * record->repeat;

	if (!last->valid)
		return;
	again.program = (struct span){ last->program, last->program_n };
	again.pid = last->pid;
	match.qid = (struct span){ last->qid, last->qid_n };
	match.weight = weight < RECORD_MOST_REPEATS ? (uint32_t)weight : RECORD_MOST_REPEATS;
	matched(engine, &again, &match);
}

static bool in_time(struct engine *engine, int64_t time)
{
	if (time < engine->options.since || time >= engine->options.until) {
		engine->counts.outside++;
		return false;
	}
	if (engine->first == 0)
		engine->first = time;
	engine->last = time;
	return true;
}

/* What of the record's text is needed later, when it may be gone. */
static void digest_text(const struct engine *engine, struct match *match)
{
	match->host_ignored = engine->options.hosts &&
			      ignore_host_have(engine->options.hosts, match->host);
	for (unsigned i = 0; engine->values > 1 && i < MATCH_VALUES; i++)
		if (engine->values >> (i + 1) & 1 && match->values[i].p)
			match->value[i] = siphash(&engine->options.seed, match->values[i].p,
						  match->values[i].n) |
					  1;
}

/* The pipeline. The record has its time. */
static void feed(struct engine *engine, struct remembered *last, const struct record *record)
{
	struct match match;

	if (!in_time(engine, record->time))
		return;
	engine_advance(engine, record->time);
	if (record->last_repeated) {
		repeat_last(engine, last, record);
		return;
	}
	last->valid = false;
	if (filters_match(engine->options.filters, record, &match) == 0)
		return;
	digest_text(engine, &match);
	remember(last, record, &match);
	matched(engine, record, &match);
}

/* Those whose time is believed now. */
static void release(struct engine *engine, struct log_source *source)
{
	struct record record;

	while (log_source_held(source, &record))
		feed(engine, log_source_last(source, record.host), &record);
}

/* From the record without its time on. */
static int timed(struct engine *engine, struct log_source *source, struct record *record,
		 int64_t arrival)
{
	int r;

	engine->counts.records++;
	engine->counts.lost += dropped_messages(record);
	r = log_source_step(source, record, arrival);
	if (r < 0 || r == LOG_CLOCK_HOLD)
		return r < 0 ? r : 0;
	if (r == LOG_CLOCK_AGREED)
		release(engine, source);
	feed(engine, log_source_last(source, record->host), record);
	return 0;
}

int engine_line(struct engine *engine, struct log_source *source, struct span line, int64_t arrival)
{
	struct record record;

	engine->counts.lines++;
	if (log_source_line(source, line, &record) > 0)
		return 0;
	return timed(engine, source, &record, arrival);
}

int engine_record(struct engine *engine, struct log_source *source, const struct record *record,
		  int64_t arrival)
{
	struct record timeless = *record;

	engine->counts.lines++;
	return timed(engine, source, &timeless, arrival);
}

int engine_end(struct engine *engine, struct log_source *source)
{
	log_source_end(source);
	release(engine, source);
	log_source_forget(source);
	return 0;
}

int64_t engine_next(const struct engine *engine)
{
	int64_t next = bans_next(engine->bans);

	return engine->expiring || next < engine->expire_at ? engine->expire_at : next;
}

void engine_fill(struct engine *engine, bool on)
{
	engine->filling = on;
}

void engine_ban(struct engine *engine, const struct ban *ban)
{
	const struct engine_events *events = &engine->options.events;
	struct ban ended;

	window_empty(engine->window, &ban->prefix, ban->jail);
	if (bans_add(engine->bans, ban, &ended) > 0 && events->unban)
		events->unban(events->context, &ended);
}

int engine_unban(struct engine *engine, const struct prefix *prefix, uint32_t jail,
		 struct ban *ended)
{
	window_empty(engine->window, prefix, jail);
	if (engine->fair.past)
		ban_history_forget(engine->fair.past, prefix, jail);
	return bans_remove(engine->bans, prefix, jail, ended);
}

int engine_over(struct engine *engine, const struct ban *ban)
{
	struct ban first;
	int r = 0;

	if (!engine->over)
		r = bans_new(&engine->over, engine->options.jails_n,
			     BANS_SIXTEENTHS * (engine->options.memory / 16),
			     &engine->options.seed);
	if (r == 0 && !bans_in_force(engine->over, &ban->prefix, ban->jail, ban->until - 1))
		bans_add(engine->over, ban, &first);
	return r;
}

void engine_settle(struct engine *engine)
{
	bans_free(engine->over);
	engine->over = NULL;
}

void engine_inherit(struct engine *engine, const struct engine *old, const uint32_t *jail_map,
		    const uint32_t *rule_map, bool bans)
{
	window_copy(engine->window, old->window, jail_map);
	for (uint32_t i = 0; bans && i < bans_count(old->bans); i++) {
		struct ban ban = *bans_at(old->bans, i), ended;

		ban.jail = jail_map[ban.jail];
		if (ban.rule != BANS_BY_WORD)
			ban.rule = rule_map[ban.rule];
		if (ban.jail < engine->options.jails_n)
			bans_add(engine->bans, &ban, &ended);
	}
	for (uint32_t i = 0; old->over && i < bans_count(old->over); i++) {
		struct ban ban = *bans_at(old->over, i);

		ban.jail = jail_map[ban.jail];
		if (ban.jail < engine->options.jails_n)
			engine_over(engine, &ban);
	}
	if (engine->fair.spare && old->fair.spare)
		spare_copy(engine->fair.spare, old->fair.spare);
	if (bans && engine->fair.past && old->fair.past)
		ban_history_copy(engine->fair.past, old->fair.past, jail_map,
				 engine->options.jails_n);
	fuse_copy(engine->fair.fuse, old->fair.fuse, rule_map);
	engine->counts = old->counts;
	engine->first = old->first;
	engine->last = old->last;
}

const struct bans *engine_bans(const struct engine *engine)
{
	return engine->bans;
}

struct prefix engine_prefix(const struct engine *engine, const struct addr *addr, uint32_t jail)
{
	return decide_prefix(engine, jail, addr, engine->last);
}

struct window_count engine_window(const struct engine *engine, const struct addr *addr,
				  uint32_t jail, int64_t now)
{
	struct prefix prefix = engine_prefix(engine, addr, jail);

	return window_look(engine->window, &prefix, jail, now);
}

struct spare *engine_spare(const struct engine *engine)
{
	return engine->fair.spare;
}

struct ban_history *engine_past(const struct engine *engine)
{
	return engine->fair.past;
}

struct engine_counts engine_counts(const struct engine *engine)
{
	struct engine_counts counts = engine->counts;
	const struct program_count *programs;
	size_t n = filters_programs(engine->options.filters, &programs);

	for (size_t i = 0; i < n; i++)
		if (!programs[i].known)
			counts.unknown += programs[i].lines;
	return counts;
}

struct engine_losses engine_losses(const struct engine *engine)
{
	return (struct engine_losses){
		.evicted_windows = window_evicted(engine->window),
		.evicted_bans = bans_evicted(engine->bans),
		.evicted_sessions = correlation_evicted(engine->session),
		.evicted_spared = engine->fair.spare ? spare_evicted(engine->fair.spare) : 0,
		.evicted_past = engine->fair.past ? ban_history_evicted(engine->fair.past) : 0,
		.gave_up = filters_gave_up(engine->options.filters),
		.torn = filters_torn(engine->options.filters),
	};
}

uint32_t engine_watched(const struct engine *engine, uint32_t *room)
{
	*room = window_capacity(engine->window);
	return window_clients(engine->window);
}

int64_t engine_first(const struct engine *engine)
{
	return engine->first;
}

int64_t engine_last(const struct engine *engine)
{
	return engine->last;
}
