/* SPDX-License-Identifier: MIT */
#include "replay/replay_run.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "engine/log_source.h"

static void on_hit(void *context, const struct hit *hit)
{
	struct replay_run *run = context;

	client_stats_hit(run->stats, hit);
	time_series_add(run->series, TIME_SERIES_HITS, hit->time, hit->weight);
	if (run->options.on_hit)
		run->options.on_hit(run->options.context, hit);
}

static void on_stopped(void *context, const struct hit *hit)
{
	struct replay_run *run = context;

	time_series_add(run->series, TIME_SERIES_STOPPED, hit->time, hit->weight);
}

static void on_accepted(void *context, const struct hit *hit, bool banned)
{
	struct replay_run *run = context;

	client_stats_accepted(run->stats, hit, banned);
	time_series_add(run->series, TIME_SERIES_ACCEPTED, hit->time, 1);
	if (run->options.on_hit)
		run->options.on_hit(run->options.context, hit);
}

static void on_ban(void *context, const struct ban_event *event)
{
	struct replay_run *run = context;

	if (event->ban.would == WOULD_NOT) {
		client_stats_ban(run->stats, event);
		time_series_add(run->series, TIME_SERIES_BANS, event->ban.since, 1);
		ban_log_add(&run->bans, event);
	}
	if (run->options.on_ban)
		run->options.on_ban(run->options.context, event);
}

static int make_engine(struct replay_run *run, struct seed *seed)
{
	struct engine_options options = {
		.filters = run->config->filters,
		.hosts = (const char *const *)run->config->ignorehost,
		.spare = config_spare(run->config),
		.fuse = config_fuse(run->config),
		.ignore = run->config->ignore,
		.memory = run->config->table_memory,
		.since = run->options.since,
		.until = run->options.until,
		.events = { .context = run,
			    .hit = on_hit,
			    .stopped = on_stopped,
			    .accepted = on_accepted,
			    .ban = on_ban },
	};
	int r;

	if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		return -EIO;
	*seed = options.seed;
	r = config_jails(run->config, (const char **)run->options.only, &run->jails, &run->jails_n);
	if (r < 0)
		return r;
	options.jails = run->jails;
	options.jails_n = run->jails_n;
	return engine_new(&run->engine, &options);
}

int replay_run_new(struct replay_run **out, const struct replay_run_options *options)
{
	struct replay_run *run = calloc(1, sizeof(*run));
	struct seed seed;
	int r;

	if (!run)
		return -ENOMEM;
	run->config = options->config;
	run->options = *options;
	run->bans.most = options->keep_bans;
	r = make_engine(run, &seed);
	if (r == 0)
		r = client_stats_new(&run->stats, filters_rules(run->config->filters), run->jails_n,
				     &seed);
	if (r == 0)
		r = time_series_new(&run->series);
	if (r == 0)
		r = log_source_new(&run->source, &options->clock);
	if (r < 0)
		replay_run_free(run);
	else
		*out = run;
	return r;
}

void replay_run_free(struct replay_run *run)
{
	if (!run)
		return;
	engine_free(run->engine);
	log_source_free(run->source);
	client_stats_free(run->stats);
	time_series_free(run->series);
	ban_log_free(&run->bans);
	free(run->jails);
	free(run);
}
