/* SPDX-License-Identifier: MIT */
/* config_filters: filters/NAME.conf, read into a configuration's rules and examples. */
#ifndef RELAYDAM_CONFIG_CONFIG_FILTERS_H
#define RELAYDAM_CONFIG_CONFIG_FILTERS_H

#include <libconfig.h>

#include "config/config.h"

struct confrules;

/* Reads into config->filters, which must be there. Returns 0 and sets *out, or -ENOMEM. */
int config_filters_new(struct confrules **out, struct config *config);
void config_filters_free(struct confrules *rules);

/* One file; its "name" must be `stem`. */
void config_filters_read(struct confrules *rules, const char *path, const char *stem,
			 struct diagnostics *problems);

/* After the last file: joins companions with the rules that they name. */
void config_filters_pair(struct confrules *rules, struct diagnostics *problems);

#endif
