/* SPDX-License-Identifier: MIT */
#include "engine_decide.h"

/* Have these hits earned a ban, if `limit` hits do? Pure. */
static bool has_earned_ban(const struct jail *jail, uint32_t limit, struct window_count count,
			   int64_t now)
{
	return count.hits >= limit && now - count.oldest <= jail->rule.findtime;
}

enum would decide_fuse(struct engine *engine, const struct jail *jail, const struct hit *hit,
		       bool spared)
{
	const struct engine_events *events = &engine->options.events;

	if (!hit->rule || !jail->spare)
		return WOULD_NOT;
	if (fuse_ban(engine->fairness.fuse, hit->rule->index, &hit->addr, spared, hit->time) &&
	    events->fuse)
		events->fuse(events->context, hit->rule,
			     fuse_state(engine->fairness.fuse, hit->rule->index));
	return fuse_state(engine->fairness.fuse, hit->rule->index)->why ? WOULD_FUSE : WOULD_NOT;
}

/* The fuse counts what is carried out: a ban that is held back now is asked for when the jail begins to act. */
static enum would held_back(struct engine *engine, uint32_t j, const struct hit *hit, bool spared)
{
	if (engine->jails[j].when_busy && !engine->fairness.busy[j])
		return WOULD_BUSY;
	return decide_fuse(engine, &engine->jails[j], hit, spared);
}

void decide_add(struct engine *engine, const struct ban_event *event)
{
	const struct engine_events *events = &engine->options.events;
	struct ban ended;

	if (bans_add(engine->bans, &event->ban, &ended) > 0 && events->unban)
		events->unban(events->context, &ended);
	engine->counts.bans += event->ban.would == WOULD_NOT;
	if (events->ban)
		events->ban(events->context, event);
}

static void make_ban(struct engine *engine, uint32_t j, const struct hit *hit,
		     const struct prefix *prefix, struct window_count count, bool spared)
{
	const struct jail *jail = &engine->jails[j];
	enum would would = held_back(engine, j, hit, spared);
	struct ban_event event = {
		.ban = { .prefix = *prefix,
			 .jail = j,
			 .since = hit->time,
			 .until = hit->time + fairness_bantime(&engine->fairness, j, prefix,
							       hit->time, would != WOULD_NOT),
			 .rule = hit->rule ? hit->rule->index : BANS_MANUAL,
			 .hits = count.hits,
			 .would = would },
		.jail = jail,
		.hit = hit,
		.hits = count.hits,
		.oldest = count.oldest,
		.spared = spared || fairness_spared(&engine->fairness, &hit->addr, hit->time),
	};

	window_empty(engine->window, prefix, j);
	engine->counts.would += would != WOULD_NOT;
	decide_add(engine, &event);
}

bool decide_is_wide(const struct prefix *prefix)
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
	if (decide_is_wide(&prefix) && fairness_holds(&engine->fairness, j, &prefix, now))
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
	if (engine->expired && bans_in_force(engine->expired, &prefix, j, hit->time))
		return true;
	spared = jail->spare && fairness_spared(&engine->fairness, &hit->addr, hit->time);
	add.keep = fairness_limit(&engine->fairness, j, spared);
	if (add.weight > jail->rule.maxretry)
		add.weight = jail->rule.maxretry;
	if (add.keep > 1 || engine->filling)
		count = window_add(engine->window, &prefix, j, &add, hit->time);
	if (engine->filling)
		return true;
	if (has_earned_ban(jail, add.keep, count, hit->time))
		make_ban(engine, j, hit, &prefix, count, spared);
	else if (spared && has_earned_ban(jail, jail->rule.maxretry, count, hit->time))
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

		if (jail->spare && decide_is_wide(&prefix) &&
		    bans_remove(engine->bans, &prefix, j, &ended) && events->unban)
			events->unban(events->context, &ended);
	}
}

void decide_learn(struct engine *engine, const struct hit *hit)
{
	if (engine->fairness.spare && spare_mail(engine->fairness.spare, &hit->addr, hit->time) &&
	    !engine->filling)
		release_around(engine, &hit->addr);
}
