/* SPDX-License-Identifier: MIT */
/*
 * sweep: one limit of one jail at many values, all in one pass over the log: lines are read and matched
 * once, by a pass that hands its hits to an engine for each value.
 */
#ifndef RELAYDAM_REPLAY_SWEEP_H
#define RELAYDAM_REPLAY_SWEEP_H

#include <stdbool.h>

#include "config/config.h"
#include "engine/engine.h"

struct sweep;

enum { SWEEP_VALUES = 64 };

/*
 * `spec` is "JAIL.maxretry=1..20", "JAIL.maxretry=1,3,5", or the same with findtime or bantime and durations:
 * "JAIL.bantime=10m,1h,1d". Returns 0 and sets *out (free with sweep_free()), -ENOMEM, or -EINVAL with what is
 * wrong in error.
 */
int sweep_new(struct sweep **out, const struct config *config, const char *spec,
	      char error[static 160]);
void sweep_free(struct sweep *sweep);

/* One hit, or one mail accepted (an OFFENCE_MESSAGE), in time order. */
void sweep_hit(struct sweep *sweep, const struct hit *hit);

/* The table, or one JSON object a value. */
void sweep_print(const struct sweep *sweep, bool json);

#endif
