/* SPDX-License-Identifier: MIT */
/*
 * regex_onepass: finds the longest prefix of a pattern that can be matched without backtracking (cf. RE2's one-pass analysis).
 *
 * A node is one-pass when, wherever it matches, PCRE2 could not match it with another length: a literal; a possessive or exact
 * repetition of a class; a greedy one followed by a byte that it cannot match itself; alternatives of which at most one can
 * match, or of which the first that matches is final.
 */
#ifndef RELAYDAM_MATCH_REGEX_ONEPASS_H
#define RELAYDAM_MATCH_REGEX_ONEPASS_H

#include "match/regex_ast.h"

/*
 * Returns how many of the sequence's first nodes are one-pass, or -ENOMEM. Call it once for a sequence: it also sets what the
 * compiler needs in classes (scan, follow, follow_byte).
 */
int regex_onepass_prefix(struct regex_sequence *sequence);

/*
 * Sets first[] for the bytes that a match of the n nodes, and of whatever follows them, can begin with; [256] for the end of
 * the message.
 */
void regex_onepass_first(const struct regex_node *nodes, size_t n, bool first[REGEX_NEXT]);

#endif
