/* SPDX-License-Identifier: MIT */
/*
 * sweep: tries many values of one limit of one jail while the log is read once. A replay run reads
 * and matches the lines; its hits go to one engine per value.
 */
#ifndef RELAYDAM_REPLAY_SWEEP_H
#define RELAYDAM_REPLAY_SWEEP_H

#include <stdbool.h>

#include "config/config.h"
#include "engine/engine.h"

struct sweep;

enum { SWEEP_VALUES = 64, SWEEP_ERROR = 160 };

/*
 * `spec` is "JAIL.maxretry=1..20", "JAIL.maxretry=1,3,5", or the same with findtime or bantime and
 * durations: "JAIL.bantime=10m,1h,1d". The configuration must outlive the sweep. Returns 0 and sets
 * *out (free with sweep_free()), -EINVAL with a message in error, or -EIO or -ENOMEM with an empty
 * one.
 */
int sweep_new(struct sweep **out, const struct config *config, const char *spec,
	      char error[static SWEEP_ERROR]);
void sweep_free(struct sweep *sweep);

/* One hit, or one accepted mail (an OFFENCE_MESSAGE); call in order of time. */
void sweep_hit(struct sweep *sweep, const struct hit *hit);

/* Prints the table, or one JSON object per value. */
void sweep_print(const struct sweep *sweep, bool json);

#endif
