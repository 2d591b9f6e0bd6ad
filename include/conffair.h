/* SPDX-License-Identifier: MIT */
/* conffair: the settings that keep honest mail from being lost: spare, fuse, ignorehost, and what a jail says of them. */
#ifndef RELAYDAM_CONFFAIR_H
#define RELAYDAM_CONFFAIR_H

#include <libconfig.h>

#include "config.h"

/* Before anything is read. */
void conffair_defaults(struct config *config);
void conffair_jail_defaults(struct jail_conf *jail);

/* Readers for tables of keys; into: the configuration, or the jail. */
void conffair_spare(config_setting_t *setting, void *into, struct problems *problems);
void conffair_fuse(config_setting_t *setting, void *into, struct problems *problems);
void conffair_jail_spare(config_setting_t *setting, void *into, struct problems *problems);
void conffair_distinct(config_setting_t *setting, void *into, struct problems *problems);
void conffair_when(config_setting_t *setting, void *into, struct problems *problems);

/* After everything was read: what was left open is settled, what cannot work is told. */
void conffair_check(struct config *config, struct problems *problems);
void conffair_check_jail(const struct config *config, struct jail_conf *jail,
			 struct problems *problems);

#endif
