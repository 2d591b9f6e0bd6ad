/* SPDX-License-Identifier: MIT */
/* spare_seed: at the first start nobody is known to deliver; the logs that are there tell who does. */
#ifndef RELAYDAM_DAEMON_SPARE_SEED_H
#define RELAYDAM_DAEMON_SPARE_SEED_H

#include <stddef.h>

struct daemon;
struct source_conf;

/* Where nobody is known: learns from the files among the sources, and from what was rotated from them. */
void spare_seed_learn(struct daemon *daemon, const struct source_conf *sources, size_t n);

#endif
