/* SPDX-License-Identifier: MIT */
/*
 * ledger_resync: the bans in force told to the ledger again, after some found no room in its queue. As long as it is not done no place
 * is saved, and a restart would read all lines since anew.
 *
 * They are more than the queue holds, so it takes several events; what is told in between by others is none of its business.
 */
#ifndef RELAYDAM_DAEMON_LEDGER_RESYNC_H
#define RELAYDAM_DAEMON_LEDGER_RESYNC_H

#include <stddef.h>

struct daemon;
struct ban;

struct ledger_resync {
	struct ban *bans; /* as they were when it began; NULL: none is under way */
	size_t n, done;
};

/* The ledger's descriptor was readable: begins, goes on or ends, as it wishes. */
void ledger_resync_event(struct daemon *daemon);

/* Begins anew at the next event: the bans' jails have other numbers now, or the daemon ends. */
void ledger_resync_drop(struct ledger_resync *offer);

#endif
