/* SPDX-License-Identifier: MIT */
/*
 * restore: after a start or a reload, bans that the configuration still allows are in force; the others are ended in engine,
 * kernel and ledger, and logged once, as a sum. In a dry run the kernel's lists hold no entry of ours.
 */
#ifndef RELAYDAM_DAEMON_RESTORE_H
#define RELAYDAM_DAEMON_RESTORE_H

struct daemon;
struct policy;

/* Before the first line is read: active bans, earlier bans, known senders and fuses from the ledger. Returns 0 or -errno. */
int restore_start(struct daemon *daemon);

/*
 * After a reload, when the new engine has inherited from the old policy: ends the bans that the new configuration does not allow,
 * and moves the others to their blockers. Where a dry run ends with the reload, what was in force before it comes back from the
 * ledger.
 */
void restore_reload(struct daemon *daemon, const struct policy *old);

#endif
