/* SPDX-License-Identifier: MIT */
/* An engine is made, or takes over what another one knows. */
#include "engine/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/engine_bans.h"
#include "engine_state.h"

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

/* In sixteenths: three for bans, two for correlations, none to four for fairness, the rest for windows. */
static int make_tables(struct engine *engine, const struct engine_options *options)
{
	struct fairness_options fairness = {
		.jails = engine->jails,
		.jails_n = options->jails_n,
		.rules = options->filters ? filters_rules(options->filters) : 0,
		.spare = options->spare,
		.fuse = options->fuse,
		.sixteenth = options->memory / 16,
		.seed = &options->seed,
	};
	size_t sixteenth = options->memory / 16;
	int r = make_window(engine, options, (11 - fairness_sixteenths(&fairness)) * sixteenth);

	if (r == 0)
		r = bans_new(&engine->bans, options->jails_n, ENGINE_BANS_SIXTEENTHS * sixteenth,
			     &options->seed);
	if (r == 0)
		r = correlation_new(&engine->correlation, 2 * sixteenth, &options->seed);
	if (r == 0)
		r = fairness_new(&engine->fairness, &fairness);
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
	bans_free(engine->expired);
	correlation_free(engine->correlation);
	fairness_free(&engine->fairness);
	free(engine->jails);
	free(engine);
}

void engine_inherit(struct engine *engine, const struct engine *old, const uint32_t *jail_map,
		    const uint32_t *rule_map, bool bans)
{
	window_copy(engine->window, old->window, jail_map);
	for (uint32_t i = 0; bans && i < bans_count(old->bans); i++) {
		struct ban ban = *bans_at(old->bans, i), ended;

		ban.jail = jail_map[ban.jail];
		if (ban.rule != BANS_MANUAL)
			ban.rule = rule_map[ban.rule];
		if (ban.jail < engine->options.jails_n)
			bans_add(engine->bans, &ban, &ended);
	}
	for (uint32_t i = 0; old->expired && i < bans_count(old->expired); i++) {
		struct ban ban = *bans_at(old->expired, i);

		ban.jail = jail_map[ban.jail];
		if (ban.jail < engine->options.jails_n)
			engine_add_expired(engine, &ban);
	}
	if (engine->fairness.spare && old->fairness.spare)
		spare_copy(engine->fairness.spare, old->fairness.spare);
	if (bans && engine->fairness.history && old->fairness.history)
		ban_history_copy(engine->fairness.history, old->fairness.history, jail_map,
				 engine->options.jails_n);
	fuse_copy(engine->fairness.fuse, old->fairness.fuse, rule_map);
	engine->counts = old->counts;
	engine->first = old->first;
	engine->last = old->last;
}
