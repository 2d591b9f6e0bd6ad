/* SPDX-License-Identifier: MIT */
/* engine_state: what an engine consists of. For the files engine*.c alone. */
#ifndef RELAYDAM_ENGINE_ENGINE_STATE_H
#define RELAYDAM_ENGINE_ENGINE_STATE_H

#include "correlation.h"
#include "engine/engine_types.h"
#include "engine/window.h"

/* The share of bans in options.memory, in sixteenths. */
enum { ENGINE_BANS_SIXTEENTHS = 3 };

struct engine {
	struct engine_options options;
	struct window *window;
	struct bans *bans;
	struct bans *expired; /* see engine_add_expired(); NULL: none */
	struct correlation *correlation;
	struct fairness fairness;
	struct jail *jails; /* copied from the options; rule.most is set by `spare` */
	uint32_t values;    /* bit 1 << enum distinct: what some jail counts */
	struct engine_counts counts;
	int64_t first, last;
	bool filling;
	bool expiring;	   /* more has expired than one call of engine_advance() removes */
	int64_t expire_at; /* the tables are searched for expired entries once a second of log time */
};

#endif
