/* SPDX-License-Identifier: MIT */
/* confcheck: what no single setting shows: whether jails, blockers and filters fit together. */
#ifndef RELAYDAM_CONFCHECK_H
#define RELAYDAM_CONFCHECK_H

#include "config.h"

/* After everything was read: gives each jail its blocker and that one's prefix, and tells what does not fit. */
void confcheck_jails(struct config *config, struct problems *problems);

#endif
