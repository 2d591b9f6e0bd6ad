/* SPDX-License-Identifier: MIT */
/*
 * restore: what is in force after a start or a reload is what the configuration still allows; the rest is ended, in engine,
 * kernel and ledger, and said once. And in a dry run nothing of ours is in the kernel.
 */
#ifndef RELAYDAM_DAEMON_RESTORE_H
#define RELAYDAM_DAEMON_RESTORE_H

#include "daemon/daemon.h"

/* Before the first line is read: the ledger's bans, earlier bans, who is spared, fuses. Returns 0 or -errno. */
int restore_start(struct daemon *daemon);

/*
 * After a reload, the new engine having inherited: of the old one's bans. earnest: a dry run ends with it; what was in force
 * before it comes back from the ledger.
 */
void restore_reload(struct daemon *daemon, struct daemon *old, bool earnest);

#endif
