/* SPDX-License-Identifier: MIT */
/* replay_run: one configuration over a log, from its first line to its last: an engine and what is noted down of what it does. */
#ifndef RELAYDAM_REPLAY_REPLAY_RUN_H
#define RELAYDAM_REPLAY_REPLAY_RUN_H

#include "config/config.h"
#include "engine/ban_log.h"
#include "engine/client_stats.h"
#include "replay/time_series.h"

struct replay_run_options {
	const struct config *config;
	const char *const *only; /* names of the jails to run, ended by NULL; NULL: those enabled */
	int64_t since, until;	 /* see struct engine_options */
	struct log_clock_options clock;
	size_t keep_bans; /* how many bans pass->bans may hold */
	/* told beside what the pass notes down itself; NULL where nobody wants to know */
	void *context;
	void (*on_ban)(void *context, const struct ban_event *event);
	void (*on_hit)(void *context, const struct hit *hit); /* accepted mails, too */
};

struct replay_run {
	const struct config *config;
	struct jail *jails;
	uint32_t jails_n;
	struct engine *engine;
	struct log_source *source;
	struct client_stats *tally;
	struct time_series *series;
	struct ban_log bans;
	struct replay_run_options options;
};

/*
 * The configuration must outlive the pass. Returns 0 and sets *out (free with replay_run_free()), -EINVAL where table_memory is
 * too small for the jails, -EIO without random bytes, or -ENOMEM.
 */
int replay_run_new(struct replay_run **out, const struct replay_run_options *options);
void replay_run_free(struct replay_run *pass);

#endif
