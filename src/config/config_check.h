/* SPDX-License-Identifier: MIT */
/* config_check: what no single setting shows: whether jails, blockers and filters fit together. */
#ifndef RELAYDAM_CONFIG_CONFIG_CHECK_H
#define RELAYDAM_CONFIG_CONFIG_CHECK_H

#include "config/config.h"

/* After everything was read: gives each jail its blocker and that one's prefix, and tells what does not fit. */
void config_check_jails(struct config *config, struct diagnostics *problems);

#endif
