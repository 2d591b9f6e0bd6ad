/* SPDX-License-Identifier: MIT */
/* written_reply: an answer that goes out when what it reports is on the disk. */
#ifndef RELAYDAM_DAEMON_WRITTEN_REPLY_H
#define RELAYDAM_DAEMON_WRITTEN_REPLY_H

#include <jansson.h>

struct control_reply;
struct daemon;

/* Takes the answer over and ends the reply, now or later: with an error when the ledger cannot be written. */
void written_reply_send(struct daemon *daemon, struct control_reply *reply, json_t *answer);

#endif
