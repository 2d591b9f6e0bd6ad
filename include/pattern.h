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
 * Groups that mean something: addr, host, port, qid, weight.
 */
#ifndef RELAYDAM_PATTERN_H
#define RELAYDAM_PATTERN_H

#include <stdint.h>

#include "addr.h"
#include "span.h"

struct pattern;
struct pattern_scratch; /* what matching needs; one a thread */

enum pattern_group {
	GROUP_ADDR,
	GROUP_HOST,
	GROUP_PORT,
	GROUP_QID,
	GROUP_WEIGHT,
	GROUPS,
};

struct capture {
	struct span group[GROUPS]; /* p == NULL: took no part */
};

/*
 * The literal bytes that every match begins with: `key` under `mask` of the message's first
 * eight bytes, or with behind_qid of the eight behind its leading queue id.
 */
struct lead {
	uint64_t key, mask;
	bool behind_qid;
};

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

int pattern_match(const struct pattern *pattern, struct pattern_scratch *scratch,
		  struct span message, struct capture *out);

bool pattern_has(const struct pattern *pattern, enum pattern_group group);
struct lead pattern_lead(const struct pattern *pattern);

/* The pattern with its macros written out. */
const char *pattern_expanded(const struct pattern *pattern);

/*
 * Looks for what a client could trick. Returns NULL, or one line that says what is unsafe (a
 * constant string, not to be freed).
 */
const char *pattern_lint(const struct pattern *pattern);

/* The eight bytes that a lead is compared with; short messages are padded with NUL. */
static inline uint64_t lead_load(struct span s)
{
	uint64_t word = 0;

	if (s.n >= 8)
		memcpy(&word, s.p, 8);
	else if (s.n > 0)
		memcpy(&word, s.p, s.n);
	return word;
}

static inline unsigned char lead_byte(uint64_t word)
{
	return *(const unsigned char *)&word;
}

/* Length of the queue id that the message begins with, 0 if there is none. */
size_t lead_qid(struct span message);

#endif
