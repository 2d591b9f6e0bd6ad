/* SPDX-License-Identifier: MIT */
/* config_filters: filters/NAME.conf, read into a configuration's rules and examples. */
#ifndef RELAYDAM_CONFIG_CONFIG_FILTERS_H
#define RELAYDAM_CONFIG_CONFIG_FILTERS_H

#include <libconfig.h>

#include "config/config.h"

struct config_filters;

/* Reads into config->filters, which must be there. Returns 0 and sets *out, or -ENOMEM. */
int config_filters_new(struct config_filters **out, struct config *config);
void config_filters_free(struct config_filters *rules);

/* One file; its "name" must be `stem`. */
void config_filters_read(struct config_filters *rules, const char *path, const char *stem,
			 struct diagnostics *problems);

/* After the last file: joins companions with the rules that they name. */
void config_filters_pair(struct config_filters *rules, struct diagnostics *problems);

#endif
