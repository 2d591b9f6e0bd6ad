/* SPDX-License-Identifier: MIT */
/* blockers: the list of all types. A new blocker is a blocker_NAME.c beside blocker_print.c, and a line here. */
#ifndef RELAYDAM_ENFORCE_BLOCKERS_H
#define RELAYDAM_ENFORCE_BLOCKERS_H

#include "enforce/blocker.h"

/* A blocker of the configured type; in a dry run `print`, which changes nothing. Nothing is opened yet. conf must outlive it. */
struct blocker blocker_of(const struct blocker_conf *conf, bool dry_run);

#endif
