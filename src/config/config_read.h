/* SPDX-License-Identifier: MIT */
/* config_read: what stands in relaydam.conf, key by key. Whether the parts agree is checked by config_check.h. */
#ifndef RELAYDAM_CONFIG_CONFIG_READ_H
#define RELAYDAM_CONFIG_CONFIG_READ_H

#include <libconfig.h>

#include "config/config.h"

/* Reads the file's root into config, which holds the defaults; filters are named, not loaded. */
void config_read_root(struct config *config, config_setting_t *root, struct diagnostics *problems);

#endif
