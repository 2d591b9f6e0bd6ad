/* SPDX-License-Identifier: MIT */
/*
 * ledger_resync: sends every active ban to the ledger again, after its queue overflowed. Read positions are not saved until this
 * completes, so a restart meanwhile reads the lines again. There are more bans than the queue holds: it takes several steps.
 */
#ifndef RELAYDAM_DAEMON_LEDGER_RESYNC_H
#define RELAYDAM_DAEMON_LEDGER_RESYNC_H

struct daemon;

/* The ledger has written something, so its queue has room: starts, goes on or completes, as the ledger asks. */
void ledger_resync_run(struct daemon *daemon);

/* Starts over at the next run: after a reload the bans' jails have other indexes. Also before the daemon ends. */
void ledger_resync_drop(struct daemon *daemon);

#endif
