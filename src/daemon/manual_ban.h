/* SPDX-License-Identifier: MIT */
/* manual_ban: a ban or unban on behalf of an operator: in the engine, the kernel list and the ledger. */
#ifndef RELAYDAM_DAEMON_MANUAL_BAN_H
#define RELAYDAM_DAEMON_MANUAL_BAN_H

#include "engine/bans.h"

struct daemon;

/*
 * Bans asked->prefix in asked->jail until asked->until, and cuts its sessions. uid: the operator's. Returns 0, or -ENOSPC when the
 * ledger's queue is full: then nothing was done. While the ledger cannot be written the ban is made, and a restart may undo it.
 */
int manual_ban(struct daemon *daemon, const struct ban *asked, int64_t uid);

/*
 * Ends the ban of that prefix in that jail. Returns 1; 0 when there is none; or -ENOSPC as manual_ban(), but with `force`
 * the ban is ended all the same.
 */
int manual_unban(struct daemon *daemon, const struct prefix *prefix, uint32_t jail, int64_t uid,
		 bool force);

#endif
