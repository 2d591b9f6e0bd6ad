/* SPDX-License-Identifier: MIT */
/*
 * pattern: one rule's regular expression, compiled by PCRE2 with its JIT.
 *
 * Bytes, not UTF-8; always anchored at the first byte of the message. The filter language's
 * macros are written out first:
 *   <client>  host[address], with an optional :port behind the bracket
 *   <addr>    a bare address            <port>   a port number
 *   <qid>     a queue id                <text>   text without brackets, <, > and quotes
 *   <quoted>  <...>, its local part may be quoted
 * Groups that mean something: addr, host, port, qid, weight, user, recipient.
 */
#ifndef RELAYDAM_MATCH_PATTERN_H
#define RELAYDAM_MATCH_PATTERN_H

#include <stdint.h>

#include "match/capture.h"
#include "match/regex_ast.h"
#include "util/span.h"

struct pattern;
struct pattern_scratch; /* what matching needs; one a thread */

/* Named outcomes of pattern_match(). */
enum pattern_outcome {
	PATTERN_NO = 0,
	PATTERN_YES = 1,
	PATTERN_GAVE_UP = 2, /* hit a limit: must be counted, for it is a way past a rule */
};

/*
 * Compiles `text`. On -EINVAL, *error holds what is wrong (free() it) and *at where in the
 * pattern. Returns 0 and sets *out (free with pattern_free()), -EINVAL or -ENOMEM.
 */
int pattern_new(struct pattern **out, const char *text, char **error, size_t *at);
void pattern_free(struct pattern *pattern);

int pattern_scratch_new(struct pattern_scratch **out);
void pattern_scratch_free(struct pattern_scratch *scratch);

/* The whole pattern by PCRE2: the measure for all that is quicker. */
int pattern_match(const struct pattern *pattern, struct pattern_scratch *scratch,
		  struct span message, struct capture *out);

/*
 * The front of the pattern that can be walked (see regex_onepass.h), none where PCRE2 must do it all; and what
 * is left behind it, tried at `at`, when the front ended there. Adds to *out.
 */
struct regex_sequence pattern_front(const struct pattern *pattern);
int pattern_finish(const struct pattern *pattern, struct pattern_scratch *scratch,
		   struct span message, size_t at, struct capture *out);

bool pattern_has(const struct pattern *pattern, enum group group);

/* The pattern with its macros written out. */
const char *pattern_expanded(const struct pattern *pattern);

/*
 * Looks for what a client could trick. Returns NULL, or one line that says what is unsafe (a
 * constant string, not to be freed).
 */
const char *pattern_lint(const struct pattern *pattern);

#endif
