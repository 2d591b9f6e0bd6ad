/* SPDX-License-Identifier: MIT */
/* blockers: the registry of back ends. To add one, write blocker_NAME.c (see blocker_print.c) and list it in blockers.c. */
#ifndef RELAYDAM_ENFORCE_BLOCKERS_H
#define RELAYDAM_ENFORCE_BLOCKERS_H

#include "enforce/blocker.h"

/*
 * Returns a blocker of the configured type; with dry_run the type is `print`, which changes nothing. Opens nothing.
 * conf is borrowed.
 */
struct blocker blocker_of(const struct blocker_conf *conf, bool dry_run);

#endif
