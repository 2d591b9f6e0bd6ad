/* SPDX-License-Identifier: MIT */
#include "engine/engine_bans.h"

#include "engine_decide.h"

/* ---- bans that the engine did not decide ---- */

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
	if (engine->fairness.history)
		ban_history_forget(engine->fairness.history, prefix, jail);
	return bans_remove(engine->bans, prefix, jail, ended);
}

int engine_add_expired(struct engine *engine, const struct ban *ban)
{
	struct ban first;
	int r = 0;

	if (!engine->expired)
		r = bans_new(&engine->expired, engine->options.jails_n,
			     ENGINE_BANS_SIXTEENTHS * (engine->options.memory / 16),
			     &engine->options.seed);
	if (r == 0 && !bans_in_force(engine->expired, &ban->prefix, ban->jail, ban->until - 1))
		bans_add(engine->expired, ban, &first);
	return r;
}

void engine_settle(struct engine *engine)
{
	bans_free(engine->expired);
	engine->expired = NULL;
}

const struct bans *engine_bans(const struct engine *engine)
{
	return engine->bans;
}

/* ---- bans that are held back ---- */

const struct fuse_state *engine_fuse(const struct engine *engine, size_t rule)
{
	return fuse_state(engine->fairness.fuse, rule);
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

void engine_set_fuse(struct engine *engine, size_t rule, const struct fuse_state *state)
{
	const struct ban *held;

	fuse_set(engine->fairness.fuse, rule, state);
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
	if (decide_is_wide(&held->prefix))
		return fairness_holds(&engine->fairness, held->jail, &held->prefix, now);
	return spared && held->hits < fairness_limit(&engine->fairness, held->jail, true);
}

/* A ban that was held back is judged as if it began now, and carried out for what is left of it. */
static void carry_out(struct engine *engine, const struct ban *held, int64_t now)
{
	const struct jail *jail = &engine->jails[held->jail];
	struct hit hit = { .addr = held->prefix.addr, .weight = 1, .time = now };
	bool delivers = fairness_spared(&engine->fairness, &hit.addr, now),
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
	event.ban.would = decide_fuse(engine, jail, &hit, spared);
	if (event.ban.would == WOULD_NOT)
		fairness_banned(&engine->fairness, &event.ban);
	decide_add(engine, &event);
}

void engine_set_load(struct engine *engine, uint32_t jail, int percent, int64_t now)
{
	const struct ban *held;

	if (!fairness_set_load(&engine->fairness, jail, percent))
		return;
	/* from the end, as above; one that stays keeps its end, and so its place */
	for (uint32_t i = bans_count(engine->bans); i-- > 0;)
		while ((held = held_by(engine, i, WOULD_BUSY)) != NULL && held->jail == jail &&
		       held->rule != BANS_MANUAL)
			carry_out(engine, held, now);
}

bool engine_jail_acts(const struct engine *engine, uint32_t jail)
{
	return !engine->jails[jail].when_busy || engine->fairness.busy[jail];
}
