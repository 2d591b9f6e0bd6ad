/* SPDX-License-Identifier: MIT */
/*
 * unban_handler: bans that end by a person's word, one or all.
 *
 * A ban ends when the ledger has taken its end, and never before: some at a time, for all of them do not fit into the ledger's
 * queue, and between them the loop serves others. The answer goes out when the last end is on the disk. Only where the ledger
 * cannot be written they end all the same, and the answer says so.
 */
#ifndef RELAYDAM_DAEMON_UNBAN_HANDLER_H
#define RELAYDAM_DAEMON_UNBAN_HANDLER_H

#include <jansson.h>

#include "control/control_server.h"

struct daemon;

/* Answers `unban`. uid: whose word it is. */
void unban_ask(struct daemon *daemon, const json_t *request, int64_t uid,
	       struct control_reply *reply);

/* The ledger has written up to this ticket: those that waited for it go on. */
void unban_committed(struct daemon *daemon, uint64_t ticket);

/* The ledger cannot be written: who waits for it is answered, and all that was asked for is done. */
void unban_unwritten(struct daemon *daemon);

/* Before control_free(): those that are under way are told that the daemon ends. */
void unban_end(struct daemon *daemon);

#endif
