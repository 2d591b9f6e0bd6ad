/* SPDX-License-Identifier: MIT */
/*
 * pattern: one rule's regular expression, compiled by PCRE2.
 *
 * Patterns match bytes, not UTF-8, and are anchored at the first byte of the message. These macros
 * are expanded first:
 *   <client>  host[address], optionally with :port after the bracket
 *   <addr>    a bare address            <port>   a port number
 *   <qid>     a queue id                <text>   text without brackets, <, > and quotes
 *   <quoted>  <...>, where the local part may be quoted
 * Groups with a meaning: see capture.h.
 */
#ifndef RELAYDAM_MATCH_PATTERN_H
#define RELAYDAM_MATCH_PATTERN_H

#include <stdint.h>

#include "match/capture.h"
#include "match/regex_ast.h"
#include "util/span.h"

struct pattern;
struct pattern_scratch; /* memory for matching; one for each thread */

/* What matches a pattern: "matcher" in relaydam.conf(5). */
enum matcher {
	MATCHER_RELAYDAM, /* its one-pass prefix in a pattern_set, the rest by PCRE2 */
	MATCHER_PCRE2,	  /* PCRE2 alone, by pattern_match() */
};

/* Results of matching. */
enum pattern_outcome {
	PATTERN_NO = 0,
	PATTERN_YES = 1,
	PATTERN_GAVE_UP = 2, /* hit a limit. Count it: a client could evade a rule this way */
};

/*
 * Compiles `text` for this matcher; the other one works as well, but slower. Returns 0 and sets
 * *out (free with pattern_free()); -EINVAL and sets *error to a message (the caller frees it) and
 * *at to the offset in the expanded pattern; or -ENOMEM.
 */
int pattern_new(struct pattern **out, const char *text, enum matcher matcher, char **error,
		size_t *at);
void pattern_free(struct pattern *pattern);

/* Returns 0 and sets *out (free with pattern_scratch_free()), or -ENOMEM. */
int pattern_scratch_new(struct pattern_scratch **out);
void pattern_scratch_free(struct pattern_scratch *scratch);

/* Matches the whole pattern by PCRE2: the reference for pattern_set_match(). Sets *out on PATTERN_YES. */
int pattern_match(const struct pattern *pattern, struct pattern_scratch *scratch,
		  struct span message, struct capture *out);

/*
 * The pattern's one-pass prefix (src/match/regex_onepass.h), owned by the pattern; n is 0 where
 * PCRE2 must match all of it. pattern_match_rest() matches what follows the prefix, from offset
 * `at` on, and adds to *out.
 */
struct regex_sequence pattern_prefix(const struct pattern *pattern);
int pattern_match_rest(const struct pattern *pattern, struct pattern_scratch *scratch,
		       struct span message, size_t at, struct capture *out);

/* Does the pattern have this group? */
bool pattern_has(const struct pattern *pattern, enum group group);

/* The pattern with its macros expanded. */
const char *pattern_expanded(const struct pattern *pattern);

/*
 * Looks for what would let a client forge a line. Returns NULL, or one line that names the problem (a constant string, not to
 * be freed).
 */
const char *pattern_lint(const struct pattern *pattern);

#endif
