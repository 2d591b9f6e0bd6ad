/* SPDX-License-Identifier: MIT */
/* compare: two configurations over one log: which bans both make, which only one of them. */
#ifndef RELAYDAM_REPLAY_COMPARE_H
#define RELAYDAM_REPLAY_COMPARE_H

#include "replay/replay_run.h"

enum { VERSUS_BANS = 1 << 20 }; /* of each, kept for the comparison */

/*
 * Both runs must have kept their bans. A ban is in both when the other one has one at a time that overlaps and the prefix of either
 * holds the client whose hit made the other, so that a /24 is the same as a /32 in it; such bans are printed as the first one made
 * them. Text shows the bans that are in one only.
 */
void compare_print(struct replay_run *this, struct replay_run *other, bool json);

#endif
