/* SPDX-License-Identifier: MIT */
/* The way of a line: pipeline(), handle_match(), engine_hit(), and in engine_decide.c decide_hit(). */
#include "engine/engine.h"

#include "engine/ignore_host.h"
#include "engine/log_source.h"
#include "engine_decide.h"
#include "logline/dropped.h"
#include "util/units.h"

enum { EXPIRE_BANS = 256 }; /* in one call */

static bool in_time(struct engine *engine, int64_t time);
static void repeat(struct engine *engine, const struct last_match *last,
		   const struct record *record);
static void digest_text(const struct engine *engine, struct match *match);
static void keep_last(struct last_match *last, const struct record *record,
		      const struct match *match);
static void handle_match(struct engine *engine, const struct record *record,
			 const struct match *match);

/* The pipeline. The record has its time; `last` is its host's last match. */
static void pipeline(struct engine *engine, struct last_match *last, const struct record *record)
{
	struct match match;

	if (!in_time(engine, record->time))
		return;
	engine_advance(engine, record->time);
	if (record->last_repeated) {
		repeat(engine, last, record);
		return;
	}
	last->valid = false;
	if (filters_match(engine->options.filters, record, &match) == 0)
		return;
	digest_text(engine, &match);
	keep_last(last, record, &match);
	handle_match(engine, record, &match);
}

static void emit_hit(struct engine *engine, const struct hit *hit)
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
		emit_hit(engine, hit);
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
		correlation_credit(engine->correlation, record, match);
	if (match->rule->uncounted)
		return 0;
	if (match->rule->is_weak) {
		weight = correlation_uncredited(engine->correlation, record, match);
		engine->counts.companions += match->weight - weight;
	}
	return weight;
}

/* The line that names a queue id's client: what waited for it counts now. */
static void handle_open(struct engine *engine, const struct record *record,
			const struct match *match, struct hit *h)
{
	uint32_t rule;

	if (!match->has_addr)
		return;
	correlation_open(engine->correlation, record, match);
	while (correlation_pended(engine->correlation, &rule, &h->weight)) {
		h->rule = filters_rule(engine->options.filters, rule);
		h->offence = h->rule->offence;
		engine_hit(engine, h);
	}
}

/* From the rule that took the record to a hit, if it makes one. */
static void handle_match(struct engine *engine, const struct record *record,
			 const struct match *match)
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
	case CORRELATION_OPEN:
		handle_open(engine, record, match, &h);
		return;
	case CORRELATION_CLOSE:
		correlation_close(engine->correlation, record, match);
		return;
	case CORRELATION_ACCEPT:
		if (correlation_accept(engine->correlation, record, match, &h.addr) == 0)
			return;
		h.weight = 1;
		break;
	case CORRELATION_CREDIT:
		if (match->has_addr)
			correlation_credit(engine->correlation, record, match);
		return;
	case CORRELATION_PENDING:
		if (correlation_pend(engine->correlation, record, match, &h.addr) == 0)
			return;
		break;
	case CORRELATION_NO:
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

static void keep_last(struct last_match *last, const struct record *record,
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
static void repeat(struct engine *engine, const struct last_match *last,
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
	handle_match(engine, &again, &match);
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

/* Those whose time is believed now. */
static void take_held(struct engine *engine, struct log_source *source)
{
	struct record record;

	while (log_source_held(source, &record))
		pipeline(engine, log_source_last(source, record.host), &record);
}

/* From the record without its time on. */
static int take_timeless(struct engine *engine, struct log_source *source, struct record *record,
			 int64_t arrival)
{
	int r;

	engine->counts.records++;
	engine->counts.lost += dropped_messages(record);
	r = log_source_step(source, record, arrival);
	if (r < 0 || r == LOG_CLOCK_HOLD)
		return r < 0 ? r : 0;
	if (r == LOG_CLOCK_AGREED)
		take_held(engine, source);
	pipeline(engine, log_source_last(source, record->host), record);
	return 0;
}

int engine_line(struct engine *engine, struct log_source *source, struct span line, int64_t arrival)
{
	struct record record;

	engine->counts.lines++;
	if (log_source_line(source, line, &record) > 0)
		return 0;
	return take_timeless(engine, source, &record, arrival);
}

int engine_record(struct engine *engine, struct log_source *source, const struct record *record,
		  int64_t arrival)
{
	struct record timeless = *record;

	engine->counts.lines++;
	return take_timeless(engine, source, &timeless, arrival);
}

int engine_end(struct engine *engine, struct log_source *source)
{
	log_source_end(source);
	take_held(engine, source);
	log_source_forget(source);
	return 0;
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
	engine->expiring |= correlation_expire(engine->correlation, now);
	if (engine->fairness.spare)
		engine->expiring |= spare_expire(engine->fairness.spare, now);
	/* a flood's end a findtime later is shared by many calls */
	engine->expire_at = engine->expiring ? now : now + UNITS_SECOND;
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
