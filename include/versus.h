/* SPDX-License-Identifier: MIT */
/* versus: two configurations over one log: which bans both make, which only one of them. */
#ifndef RELAYDAM_VERSUS_H
#define RELAYDAM_VERSUS_H

#include "pass.h"

enum { VERSUS_BANS = 1 << 20 }; /* of each, kept for the comparison */

/*
 * Both runs must have kept their bans. A ban is in both when the other one bans the same client at a time that
 * overlaps; such a pair is printed once, as the first one made it. Text shows the bans that are in one only.
 */
void versus_print(struct pass *this, struct pass *other, bool json);

#endif
