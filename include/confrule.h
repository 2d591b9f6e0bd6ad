/* SPDX-License-Identifier: MIT */
/* confrule: filters/NAME.conf, read into a configuration's rules and examples. */
#ifndef RELAYDAM_CONFRULE_H
#define RELAYDAM_CONFRULE_H

#include <libconfig.h>

#include "config.h"

struct confrules;

/* Reads into config->filters, which must be there. Returns 0 and sets *out, or -ENOMEM. */
int confrules_new(struct confrules **out, struct config *config);
void confrules_free(struct confrules *rules);

/* One file; its "name" must be `stem`. */
void confrules_read(struct confrules *rules, const char *path, const char *stem,
		    struct problems *problems);

/* After the last file: joins companions with the rules that they name. */
void confrules_pair(struct confrules *rules, struct problems *problems);

/* Parses a file; false after a problem that names file and line. */
bool config_parse(config_t *file, const char *path, struct problems *problems);

#endif
