/* SPDX-License-Identifier: MIT */
/*
 * pattern_set: the patterns of many rules as one tree. Rules that begin with the same items share them, so
 * that a message is walked once and not once a rule.
 */
#ifndef RELAYDAM_MATCH_PATTERN_SET_H
#define RELAYDAM_MATCH_PATTERN_SET_H

#include "match/pattern.h"

struct pattern_set;

/*
 * Of `n` patterns, which must outlive it. Returns 0 and sets *out (free with pattern_set_free()), or -ENOMEM.
 */
int pattern_set_new(struct pattern_set **out, const struct pattern *const *patterns, size_t n);
void pattern_set_free(struct pattern_set *trie);

/*
 * Finds the first pattern from the one at `from` on, in the order given, that matches. Returns PATTERN_YES with *index and
 * *capture set, PATTERN_NO, or PATTERN_GAVE_UP when one hit a limit before any matched, since what stands behind it might
 * take a line that is not its own. Then *index is that pattern, or PATTERN_SET_WALK when the common walk came to its limit.
 */
#define PATTERN_SET_WALK SIZE_MAX
int pattern_set_match(const struct pattern_set *trie, struct pattern_scratch *scratch,
		      struct span message, size_t from, size_t *index, struct capture *capture);

#endif
