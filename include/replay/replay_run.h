/* SPDX-License-Identifier: MIT */
/* replay_run: one replay run: an engine with one configuration, and the statistics it collects. */
#ifndef RELAYDAM_REPLAY_REPLAY_RUN_H
#define RELAYDAM_REPLAY_REPLAY_RUN_H

#include "config/config.h"
#include "engine/ban_log.h"
#include "engine/client_stats.h"
#include "replay/time_series.h"

struct replay_run_options {
	const struct config *config;
	const char *const
		*only; /* names of the jails to use, ended by NULL; NULL: all enabled jails */
	int64_t since, until; /* see struct engine_options */
	struct log_clock_options clock;
	size_t keep_bans; /* capacity of `bans` in struct replay_run */
	/* called after the statistics were updated; may be NULL */
	void *context;
	void (*on_ban)(void *context, const struct ban_event *event);
	void (*on_hit)(void *context,
		       const struct hit *hit); /* also accepted mails, OFFENCE_MESSAGE */
};

struct replay_run {
	const struct config *config;
	struct jail *jails;
	uint32_t jails_n;
	struct engine *engine;
	struct log_source *source;
	struct client_stats *stats;
	struct time_series *series;
	struct ban_log bans;
	struct replay_run_options options;
};

/*
 * The configuration must outlive the run. Returns 0 and sets *out (free with replay_run_free()),
 * -EINVAL if table_memory is too small for the jails, -EIO if no random bytes are available, or
 * -ENOMEM.
 */
int replay_run_new(struct replay_run **out, const struct replay_run_options *options);
void replay_run_free(struct replay_run *run);

#endif
