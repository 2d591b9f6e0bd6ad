/* SPDX-License-Identifier: MIT */
/*
 * trie: the patterns of many rules as one tree. Rules that begin with the same items share them, so
 * that a message is walked once and not once a rule.
 */
#ifndef RELAYDAM_TRIE_H
#define RELAYDAM_TRIE_H

#include "pattern.h"

struct trie;

/*
 * Of `n` patterns, which must outlive it. Returns 0 and sets *out (free with trie_free()), or -ENOMEM.
 */
int trie_new(struct trie **out, const struct pattern *const *patterns, size_t n);
void trie_free(struct trie *trie);

/*
 * Finds the first pattern from the one at `from` on, in the order given, that matches. Returns PATTERN_YES with *index and
 * *capture set, PATTERN_NO, or PATTERN_GAVE_UP when one hit a limit before any matched, since what stands behind it might
 * take a line that is not its own. Then *index is that pattern, or TRIE_WALK when the common walk came to its limit.
 */
#define TRIE_WALK SIZE_MAX
int trie_match(const struct trie *trie, struct pattern_scratch *scratch, struct span message,
	       size_t from, size_t *index, struct capture *capture);

#endif
