/* SPDX-License-Identifier: MIT */
/* spared: at the first start nobody is known to deliver; the logs that are there tell who does. */
#ifndef RELAYDAM_SPARED_H
#define RELAYDAM_SPARED_H

#include "daemon.h"

/* Where nobody is known: learns from the files among the sources, and from what was rotated from them. */
void spared_learn(struct daemon *daemon, const struct source_conf *sources, size_t n);

#endif
