/* SPDX-License-Identifier: MIT */
/* config_fairness: the settings that keep honest mail from being lost: spare, fuse, ignorehost, and what a jail says of them. */
#ifndef RELAYDAM_CONFIG_CONFIG_FAIRNESS_H
#define RELAYDAM_CONFIG_CONFIG_FAIRNESS_H

#include <libconfig.h>

#include "config/config.h"

/* Before anything is read. */
void config_fairness_defaults(struct config *config);
void config_fairness_jail_defaults(struct jail_conf *jail);

/* Readers for tables of keys; into: the configuration, or the jail. */
void config_fairness_spare(config_setting_t *setting, void *into, struct diagnostics *problems);
void config_fairness_fuse(config_setting_t *setting, void *into, struct diagnostics *problems);
void config_fairness_jail_spare(config_setting_t *setting, void *into,
				struct diagnostics *problems);
void config_fairness_distinct(config_setting_t *setting, void *into, struct diagnostics *problems);
void config_fairness_when(config_setting_t *setting, void *into, struct diagnostics *problems);

/* After everything was read: what was left open is settled, what cannot work is told. */
void config_fairness_check(struct config *config, struct diagnostics *problems);
void config_fairness_check_jail(const struct config *config, struct jail_conf *jail,
				struct diagnostics *problems);

#endif
