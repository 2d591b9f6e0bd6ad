/* SPDX-License-Identifier: MIT */
/* fuse_control: a rule's fuse has blown, or an operator resets it: in the engine, the ledger and the log. */
#ifndef RELAYDAM_DAEMON_FUSE_CONTROL_H
#define RELAYDAM_DAEMON_FUSE_CONTROL_H

#include "engine/engine.h"

struct daemon;

/* The engine's event: from now on the rule only reports. */
void fuse_control_blown(struct daemon *daemon, const struct rule *rule,
			const struct fuse_state *state);

/* The rule's bans are carried out again. uid: the operator's. */
void fuse_control_reset(struct daemon *daemon, const struct rule *rule, int64_t uid);

#endif
