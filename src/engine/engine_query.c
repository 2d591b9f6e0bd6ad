/* SPDX-License-Identifier: MIT */
/* What an engine knows. */
#include "engine/engine.h"

#include "engine_decide.h"

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
	return engine->fairness.spare;
}

struct ban_history *engine_ban_history(const struct engine *engine)
{
	return engine->fairness.history;
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
		.evicted_correlations = correlation_evicted(engine->correlation),
		.evicted_spared = engine->fairness.spare ? spare_evicted(engine->fairness.spare)
							 : 0,
		.evicted_history = engine->fairness.history
					   ? ban_history_evicted(engine->fairness.history)
					   : 0,
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
