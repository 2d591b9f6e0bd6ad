/* SPDX-License-Identifier: MIT */
/*
 * regex_onepass: how much of a pattern, from its front, can be matched in one way only, so that it can be
 * walked without ever going back.
 *
 * An item is determinate when, wherever it stands in a match, PCRE2 could not have given it another
 * length: a literal, a possessive or exact repeat; a greedy one that is followed by something which none of its
 * own bytes may begin; a choice of which at most one branch can fit, or the first that fits is final.
 */
#ifndef RELAYDAM_MATCH_REGEX_ONEPASS_H
#define RELAYDAM_MATCH_REGEX_ONEPASS_H

#include "match/regex_ast.h"

/*
 * Returns how many of the sequence's first items are determinate. Sets what walking needs in
 * lazy items (item->next), so a sequence is planned once; -ENOMEM.
 */
int regex_onepass_make(struct regex_sequence *sequence);

/* Sets the bytes that a match of the n items can begin with; [256] at the message's end. */
void regex_onepass_first(const struct regex_item *items, size_t n, bool first[257]);

#endif
