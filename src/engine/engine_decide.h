/* SPDX-License-Identifier: MIT */
/* engine_decide: from a hit to a ban or to none. The engine's own other half; nobody else sees its inside. */
#ifndef RELAYDAM_ENGINE_ENGINE_DECIDE_H
#define RELAYDAM_ENGINE_ENGINE_DECIDE_H

#include "correlation.h"
#include "engine/engine.h"
#include "engine/window.h"

struct engine {
	struct engine_options options;
	struct window *window;
	struct bans *bans;
	struct bans *over; /* see engine_over(); NULL: none */
	struct correlation *session;
	struct fairness fair;
	struct jail *jails; /* the options', with what follows from spare */
	uint32_t values;    /* bit 1 << enum distinct: which some jail counts */
	struct engine_counts counts;
	int64_t first, last;
	bool filling;
	bool expiring;	   /* more is over than one call of engine_advance() ended */
	int64_t expire_at; /* tables are looked through for what is over once a second of log time */
};

/* What is counted: the jail's prefix; the address alone where that holds an ignored one, the client where a spared one. */
struct prefix decide_prefix(const struct engine *engine, uint32_t j, const struct addr *addr,
			    int64_t now);

/* Counts the hit in jail j, and bans. Returns false when the client was banned already. */
bool decide_hit(struct engine *engine, uint32_t j, const struct hit *hit);

/* Counts a mail in the bans that its client is under. Is one of them carried out? */
bool decide_mail(const struct engine *engine, const struct addr *addr, int64_t now);

/* A mail was accepted: its client may be spared from now on. */
void decide_learn(struct engine *engine, const struct hit *hit);

#endif
