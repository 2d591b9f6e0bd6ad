/* SPDX-License-Identifier: MIT */
#include "replay/replay_run.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "engine/log_source.h"

static void on_hit(void *context, const struct hit *hit)
{
	struct replay_run *pass = context;

	client_stats_hit(pass->tally, hit);
	time_series_add(pass->series, TIME_SERIES_HITS, hit->time, hit->weight);
	if (pass->options.on_hit)
		pass->options.on_hit(pass->options.context, hit);
}

static void on_stopped(void *context, const struct hit *hit)
{
	struct replay_run *pass = context;

	time_series_add(pass->series, TIME_SERIES_STOPPED, hit->time, hit->weight);
}

static void on_accepted(void *context, const struct hit *hit, bool banned)
{
	struct replay_run *pass = context;

	client_stats_accepted(pass->tally, hit, banned);
	time_series_add(pass->series, TIME_SERIES_ACCEPTED, hit->time, 1);
	if (pass->options.on_hit)
		pass->options.on_hit(pass->options.context, hit);
}

static void on_ban(void *context, const struct ban_event *event)
{
	struct replay_run *pass = context;

	if (event->ban.would == WOULD_NOT) {
		client_stats_ban(pass->tally, event);
		time_series_add(pass->series, TIME_SERIES_BANS, event->ban.since, 1);
		ban_log_add(&pass->bans, event);
	}
	if (pass->options.on_ban)
		pass->options.on_ban(pass->options.context, event);
}

static int make_engine(struct replay_run *pass, struct seed *seed)
{
	struct engine_options options = {
		.filters = pass->config->filters,
		.hosts = (const char *const *)pass->config->ignorehost,
		.spare = config_spare(pass->config),
		.fuse = config_fuse(pass->config),
		.ignore = pass->config->ignore,
		.memory = pass->config->table_memory,
		.since = pass->options.since,
		.until = pass->options.until,
		.events = { .context = pass,
			    .hit = on_hit,
			    .stopped = on_stopped,
			    .accepted = on_accepted,
			    .ban = on_ban },
	};
	int r;

	if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		return -EIO;
	*seed = options.seed;
	r = config_jails(pass->config, (const char **)pass->options.only, &pass->jails,
			 &pass->jails_n);
	if (r < 0)
		return r;
	options.jails = pass->jails;
	options.jails_n = pass->jails_n;
	return engine_new(&pass->engine, &options);
}

int replay_run_new(struct replay_run **out, const struct replay_run_options *options)
{
	struct replay_run *pass = calloc(1, sizeof(*pass));
	struct seed seed;
	int r;

	if (!pass)
		return -ENOMEM;
	pass->config = options->config;
	pass->options = *options;
	pass->bans.most = options->keep_bans;
	r = make_engine(pass, &seed);
	if (r == 0)
		r = client_stats_new(&pass->tally, filters_rules(pass->config->filters),
				     pass->jails_n, &seed);
	if (r == 0)
		r = time_series_new(&pass->series);
	if (r == 0)
		r = log_source_new(&pass->source, &options->clock);
	if (r < 0)
		replay_run_free(pass);
	else
		*out = pass;
	return r;
}

void replay_run_free(struct replay_run *pass)
{
	if (!pass)
		return;
	engine_free(pass->engine);
	log_source_free(pass->source);
	client_stats_free(pass->tally);
	time_series_free(pass->series);
	ban_log_free(&pass->bans);
	free(pass->jails);
	free(pass);
}
