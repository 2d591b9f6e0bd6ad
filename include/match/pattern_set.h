/* SPDX-License-Identifier: MIT */
/*
 * pattern_set: many patterns, matched together. Their one-pass prefixes (src/match/regex_onepass.h) make a tree in which
 * common parts are matched once; PCRE2 matches the rest of each pattern whose prefix matched.
 */
#ifndef RELAYDAM_MATCH_PATTERN_SET_H
#define RELAYDAM_MATCH_PATTERN_SET_H

#include "match/pattern.h"

struct pattern_set;

/*
 * Makes a set of n patterns, which must outlive it; the array is copied. Returns 0 and sets *out (free with
 * pattern_set_free()), or -ENOMEM. A set may be used by one thread at a time.
 */
int pattern_set_new(struct pattern_set **out, const struct pattern *const *patterns, size_t n);
void pattern_set_free(struct pattern_set *set);

/* The index that pattern_set_match() sets when the limit was hit in the common prefixes. */
#define PATTERN_SET_PREFIX SIZE_MAX

/*
 * Finds the first pattern that matches, from index `from` on. Returns
 * - PATTERN_YES: sets *index and *capture;
 * - PATTERN_NO;
 * - PATTERN_GAVE_UP: a pattern hit a limit before one of a lower index matched; sets *index to it or to PATTERN_SET_PREFIX.
 *   Later patterns are not reported: the line may be one of the pattern that gave up.
 */
int pattern_set_match(const struct pattern_set *set, struct pattern_scratch *scratch,
		      struct span message, size_t from, size_t *index, struct capture *capture);

#endif
