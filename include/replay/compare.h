/* SPDX-License-Identifier: MIT */
/* compare: the bans of two configurations for one log: which ones both make, which only one. */
#ifndef RELAYDAM_REPLAY_COMPARE_H
#define RELAYDAM_REPLAY_COMPARE_H

#include "replay/replay_run.h"

enum { COMPARE_BANS = 1 << 20 }; /* kept of each run for the comparison */

/*
 * Both runs must have kept their bans. Two bans are the same if their times overlap and the prefix
 * of one contains the client whose hit caused the other; a /24 can thus equal a /32. Of these, the
 * ban of `this` is printed. Without json only the bans that one of the runs made alone are printed,
 * and a table after them.
 */
void compare_print(struct replay_run *this, struct replay_run *other, bool json);

#endif
