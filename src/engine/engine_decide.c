/* SPDX-License-Identifier: MIT */
#include "engine_decide.h"

#include "engine/engine.h"

/* Is the ban only to be told, by the fuse of its rule? */
static enum would ask_fuse(struct engine *engine, const struct jail *jail, const struct hit *hit,
			   bool spared)
{
	const struct engine_events *events = &engine->options.events;

	if (!hit->rule || !jail->spare)
		return WOULD_NOT;
	if (fuse_ban(engine->fair.fuse, hit->rule->index, &hit->addr, spared, hit->time) &&
	    events->fuse)
		events->fuse(events->context, hit->rule,
			     fuse_state(engine->fair.fuse, hit->rule->index));
	return fuse_state(engine->fair.fuse, hit->rule->index)->why ? WOULD_FUSE : WOULD_NOT;
}

/* The fuse counts what is carried out: a ban that is held back now is asked for when the jail begins to act. */
static enum would held_back(struct engine *engine, uint32_t j, const struct hit *hit, bool spared)
{
	if (engine->jails[j].when_busy && !engine->fair.busy[j])
		return WOULD_BUSY;
	return ask_fuse(engine, &engine->jails[j], hit, spared);
}

static void add_ban(struct engine *engine, const struct ban_event *event)
{
	const struct engine_events *events = &engine->options.events;
	struct ban ended;

	if (bans_add(engine->bans, &event->ban, &ended) > 0 && events->unban)
		events->unban(events->context, &ended);
	engine->counts.bans += event->ban.would == WOULD_NOT;
	if (events->ban)
		events->ban(events->context, event);
}

static void ban(struct engine *engine, uint32_t j, const struct hit *hit,
		const struct prefix *prefix, struct window_count count, bool spared)
{
	const struct jail *jail = &engine->jails[j];
	enum would would = held_back(engine, j, hit, spared);
	struct ban_event event = {
		.ban = { .prefix = *prefix,
			 .jail = j,
			 .since = hit->time,
			 .until = hit->time + fairness_bantime(&engine->fair, j, prefix, hit->time,
							       would != WOULD_NOT),
			 .rule = hit->rule ? hit->rule->index : BANS_BY_WORD,
			 .hits = count.hits,
			 .would = would },
		.jail = jail,
		.hit = hit,
		.hits = count.hits,
		.oldest = count.oldest,
		.spared = spared || fairness_spared(&engine->fair, &hit->addr, hit->time),
	};

	window_empty(engine->window, prefix, j);
	engine->counts.would += would != WOULD_NOT;
	add_ban(engine, &event);
}

static bool is_wide(const struct prefix *prefix)
{
	return prefix->bits < 128 && (addr_is_v4(&prefix->addr) || prefix->bits < SPARE_BITS6);
}

struct prefix decide_prefix(const struct engine *engine, uint32_t j, const struct addr *addr,
			    int64_t now)
{
	const struct jail *jail = &engine->jails[j];
	struct prefix prefix = prefix_of(addr, jail->prefix4, jail->prefix6);

	/* an address alone holds no other */
	if (prefix.bits == 128)
		return prefix;
	if (is_wide(&prefix) && fairness_holds(&engine->fair, j, &prefix, now))
		prefix = prefix_of(addr, SPARE_BITS4, SPARE_BITS6);
	if (prefix.bits < 128 && ignore_ip_touches(engine->options.ignore, &prefix))
		prefix = prefix_of(addr, 32, 128);
	return prefix;
}

static uint64_t value_of(const struct jail *jail, const struct hit *hit)
{
	return jail->distinct ? hit->value[jail->distinct - 1] : 0;
}

bool decide_mail(const struct engine *engine, const struct addr *addr, int64_t now)
{
	bool banned = false;

	for (uint32_t j = 0; j < engine->options.jails_n; j++) {
		struct prefix prefix = decide_prefix(engine, j, addr, now);
		struct ban *there;

		if (!bans_in_force(engine->bans, &prefix, j, now))
			continue;
		there = bans_touch(engine->bans, &prefix, j);
		there->mails++;
		banned |= there->would == WOULD_NOT;
	}
	return banned;
}

bool decide_hit(struct engine *engine, uint32_t j, const struct hit *hit)
{
	const struct jail *jail = &engine->jails[j];
	struct prefix prefix = decide_prefix(engine, j, &hit->addr, hit->time);
	struct window_add add = { .weight = hit->weight, .value = value_of(jail, hit) };
	/* where one hit is enough nothing is remembered */
	struct window_count count = { .hits = 1, .oldest = hit->time };
	bool spared;

	if (bans_in_force(engine->bans, &prefix, j, hit->time)) {
		const struct ban *there = bans_find(engine->bans, &prefix, j);

		engine->counts.banned += there->would == WOULD_NOT;
		return there->would != WOULD_NOT;
	}
	if (engine->over && bans_in_force(engine->over, &prefix, j, hit->time))
		return true;
	spared = jail->spare && fairness_spared(&engine->fair, &hit->addr, hit->time);
	add.keep = fairness_limit(&engine->fair, j, spared);
	if (add.weight > jail->rule.maxretry)
		add.weight = jail->rule.maxretry;
	if (add.keep > 1 || engine->filling)
		count = window_add(engine->window, &prefix, j, &add, hit->time);
	if (engine->filling)
		return true;
	if (jail_judge(jail, add.keep, count, hit->time) == VERDICT_BAN)
		ban(engine, j, hit, &prefix, count, spared);
	else if (spared && jail_judge(jail, jail->rule.maxretry, count, hit->time) == VERDICT_BAN)
		engine->counts.spared++;
	return true;
}

/* A ban of a prefix ends for all in it when one of them has proved honest. */
static void release_around(struct engine *engine, const struct addr *addr)
{
	const struct engine_events *events = &engine->options.events;
	struct ban ended;

	for (uint32_t j = 0; j < engine->options.jails_n; j++) {
		const struct jail *jail = &engine->jails[j];
		struct prefix prefix = prefix_of(addr, jail->prefix4, jail->prefix6);

		if (jail->spare && is_wide(&prefix) &&
		    bans_remove(engine->bans, &prefix, j, &ended) && events->unban)
			events->unban(events->context, &ended);
	}
}

void decide_learn(struct engine *engine, const struct hit *hit)
{
	if (engine->fair.spare && spare_mail(engine->fair.spare, &hit->addr, hit->time) &&
	    !engine->filling)
		release_around(engine, &hit->addr);
}

const struct fuse_state *engine_fuse(const struct engine *engine, size_t rule)
{
	return fuse_state(engine->fair.fuse, rule);
}

static void end_ban(struct engine *engine, const struct ban *ban)
{
	const struct engine_events *events = &engine->options.events;
	struct prefix prefix = ban->prefix;
	struct ban ended;

	if (bans_remove(engine->bans, &prefix, ban->jail, &ended) && events->unban)
		events->unban(events->context, &ended);
}

/* The i-th ban, if it is held back for this reason. */
static const struct ban *held_by(const struct engine *engine, uint32_t i, enum would would)
{
	const struct ban *ban = i < bans_count(engine->bans) ? bans_at(engine->bans, i) : NULL;

	return ban && ban->would == would ? ban : NULL;
}

void engine_fuse_set(struct engine *engine, size_t rule, const struct fuse_state *state)
{
	const struct ban *held;

	fuse_set(engine->fair.fuse, rule, state);
	if (state->why != FUSE_WHOLE)
		return;
	/* from the end: what takes the place of one that goes is one that was looked at, or its parent in the heap */
	for (uint32_t i = bans_count(engine->bans); i-- > 0;)
		while ((held = held_by(engine, i, WOULD_FUSE)) != NULL && held->rule == rule)
			end_ban(engine, held);
}

/* Has the client proved honest since the ban was told, or one in its prefix, so that it takes more hits than it had? */
static bool is_too_early(const struct engine *engine, const struct ban *held, bool spared,
			 int64_t now)
{
	if (is_wide(&held->prefix))
		return fairness_holds(&engine->fair, held->jail, &held->prefix, now);
	return spared && held->hits < fairness_limit(&engine->fair, held->jail, true);
}

/* A ban that was held back is judged as if it began now, and carried out for what is left of it. */
static void carry_out(struct engine *engine, const struct ban *held, int64_t now)
{
	const struct jail *jail = &engine->jails[held->jail];
	struct hit hit = { .addr = held->prefix.addr, .weight = 1, .time = now };
	bool delivers = fairness_spared(&engine->fair, &hit.addr, now),
	     spared = jail->spare && delivers;
	struct ban_event event = { .ban = *held,
				   .jail = jail,
				   .hit = &hit,
				   .hits = held->hits,
				   .oldest = held->since,
				   .spared = delivers };
	bool early = is_too_early(engine, held, spared, now);

	if (early || held->until <= now) {
		engine->counts.spared += early;
		end_ban(engine, held);
		return;
	}
	hit.rule = filters_rule(engine->options.filters, held->rule);
	hit.offence = hit.rule->offence;
	event.ban.would = ask_fuse(engine, jail, &hit, spared);
	if (event.ban.would == WOULD_NOT)
		fairness_banned(&engine->fair, &event.ban);
	add_ban(engine, &event);
}

void engine_pressure(struct engine *engine, uint32_t jail, int percent, int64_t now)
{
	const struct ban *held;

	if (!fairness_pressure(&engine->fair, jail, percent))
		return;
	/* from the end, as above; one that stays keeps its end, and so its place */
	for (uint32_t i = bans_count(engine->bans); i-- > 0;)
		while ((held = held_by(engine, i, WOULD_BUSY)) != NULL && held->jail == jail &&
		       held->rule != BANS_BY_WORD)
			carry_out(engine, held, now);
}

bool engine_acts(const struct engine *engine, uint32_t jail)
{
	return !engine->jails[jail].when_busy || engine->fair.busy[jail];
}
