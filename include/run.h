/* SPDX-License-Identifier: MIT */
/* run: one configuration over a log: an engine and what is noted down of what it does. */
#ifndef RELAYDAM_RUN_H
#define RELAYDAM_RUN_H

#include "banlog.h"
#include "config.h"
#include "series.h"
#include "tally.h"

struct run_options {
	const struct config *config;
	const char *const *only; /* names of the jails to run, ended by NULL; NULL: those enabled */
	int64_t since, until;	 /* see struct engine_options */
	struct logtime_options clock;
	size_t keep_bans; /* how many bans run->bans may hold */
	/* told beside what the run notes down itself; NULL where nobody wants to know */
	void *context;
	void (*on_ban)(void *context, const struct ban_event *event);
	void (*on_hit)(void *context, const struct hit *hit); /* accepted mails, too */
};

struct run {
	const struct config *config;
	struct jail *jails;
	uint32_t jails_n;
	struct engine *engine;
	struct source *source;
	struct tally *tally;
	struct series *series;
	struct banlog bans;
	struct run_options options;
};

/*
 * The configuration must outlive the run. Returns 0 and sets *out (free with run_free()), -EINVAL where table_memory is
 * too small for the jails, -EIO without random bytes, or -ENOMEM.
 */
int run_new(struct run **out, const struct run_options *options);
void run_free(struct run *run);

#endif
