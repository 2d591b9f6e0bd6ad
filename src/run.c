/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static void on_hit(void *context, const struct hit *hit)
{
	struct run *run = context;

	tally_hit(run->tally, hit);
	series_add(run->series, SERIES_HITS, hit->time, hit->weight);
	if (run->options.on_hit)
		run->options.on_hit(run->options.context, hit);
}

static void on_stopped(void *context, const struct hit *hit)
{
	struct run *run = context;

	series_add(run->series, SERIES_STOPPED, hit->time, hit->weight);
}

static void on_accepted(void *context, const struct hit *hit, bool banned)
{
	struct run *run = context;

	tally_accepted(run->tally, hit, banned);
	series_add(run->series, SERIES_ACCEPTED, hit->time, 1);
	if (run->options.on_hit)
		run->options.on_hit(run->options.context, hit);
}

static void on_ban(void *context, const struct ban_event *event)
{
	struct run *run = context;

	tally_ban(run->tally, event);
	series_add(run->series, SERIES_BANS, event->ban.since, 1);
	banlog_add(&run->bans, event);
	if (run->options.on_ban)
		run->options.on_ban(run->options.context, event);
}

static int make_engine(struct run *run, struct seed *seed)
{
	struct engine_options options = {
		.filters = run->config->filters,
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

int run_new(struct run **out, const struct run_options *options)
{
	struct run *run = calloc(1, sizeof(*run));
	struct seed seed;
	int r;

	if (!run)
		return -ENOMEM;
	run->config = options->config;
	run->options = *options;
	run->bans.most = options->keep_bans;
	r = make_engine(run, &seed);
	if (r == 0)
		r = tally_new(&run->tally, filters_rules(run->config->filters), run->jails_n,
			      &seed);
	if (r == 0)
		r = series_new(&run->series);
	if (r == 0)
		r = source_new(&run->source, &options->clock);
	if (r < 0)
		run_free(run);
	else
		*out = run;
	return r;
}

void run_free(struct run *run)
{
	if (!run)
		return;
	engine_free(run->engine);
	source_free(run->source);
	tally_free(run->tally);
	series_free(run->series);
	banlog_free(&run->bans);
	free(run->jails);
	free(run);
}
