/* SPDX-License-Identifier: MIT */
/* confread: what stands in relaydam.conf, key by key. Whether the parts agree is confcheck's. */
#ifndef RELAYDAM_CONFREAD_H
#define RELAYDAM_CONFREAD_H

#include <libconfig.h>

#include "config.h"

/* Reads the file's root into config, which holds the defaults; filters are named, not loaded. */
void confread(struct config *config, config_setting_t *root, struct problems *problems);

#endif
