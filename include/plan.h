/* SPDX-License-Identifier: MIT */
/*
 * plan: how much of a pattern, from its front, can be matched in one way only, so that it can be
 * walked without ever going back.
 *
 * An item is determinate when, wherever it stands in a match, PCRE2 could not have given it another
 * length: a literal, a possessive or exact repeat; a greedy one that is followed by something which none of its
 * own bytes may begin; a choice of which at most one branch can fit, or the first that fits is final.
 */
#ifndef RELAYDAM_PLAN_H
#define RELAYDAM_PLAN_H

#include "item.h"

/*
 * Returns how many of the sequence's first items are determinate. Sets what walking needs in
 * lazy items (item->next), so a sequence is planned once; -ENOMEM.
 */
int plan_make(struct sequence *sequence);

/* Sets the bytes that a match of the n items can begin with; [256] at the message's end. */
void plan_first(const struct item *items, size_t n, bool first[257]);

#endif
