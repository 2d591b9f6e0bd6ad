/* SPDX-License-Identifier: MIT */
/* spare_seed: at the first start there are no known senders yet: finds them in the logs that exist. */
#ifndef RELAYDAM_DAEMON_SPARE_SEED_H
#define RELAYDAM_DAEMON_SPARE_SEED_H

#include <stddef.h>

struct daemon;
struct source_conf;

/* While no sender is known: reads the files among the sources, and their rotated files. */
void spare_seed_learn(struct daemon *daemon, const struct source_conf *sources, size_t n);

#endif
