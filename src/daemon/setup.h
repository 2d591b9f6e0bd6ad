/* SPDX-License-Identifier: MIT */
/*
 * setup: the daemon's parts, each made from its configuration. Trouble is logged with its remedy. All return 0 or -errno,
 * in the order in which they are to be called.
 */
#ifndef RELAYDAM_DAEMON_SETUP_H
#define RELAYDAM_DAEMON_SETUP_H

#include "daemon/daemon.h"

int setup_engine(struct daemon *daemon); /* ignore, jails and tally, too */
int setup_blockers(struct daemon *daemon);
void setup_drop_blockers(struct daemon *daemon);
int setup_ledger(struct daemon *daemon);
int setup_control(struct daemon *daemon);

#endif
