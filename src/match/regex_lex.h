/* SPDX-License-Identifier: MIT */
/*
 * regex_lex: splits a pattern into tokens, exactly as PCRE2 does. Compiled with PCRE2_AUTO_CALLOUT, PCRE2 places a callout in
 * front of each token and reports the token's offset and length (pcre2callout(3)); no class or escape is parsed here.
 */
#ifndef RELAYDAM_MATCH_REGEX_LEX_H
#define RELAYDAM_MATCH_REGEX_LEX_H

#include <stddef.h>

/* An atom with its quantifier, "|", the opening part of a group such as "(?:", or ")" with the group's quantifier. */
struct regex_token {
	size_t at, n; /* offset and length in the pattern, bytes */
};

/* Options of every pattern: bytes, anchored, '.' matches any byte, '$' matches at the very end only. */
#define REGEX_COMPILE                                                                              \
	(PCRE2_ANCHORED | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_DUPNAMES | PCRE2_NEVER_UTF | \
	 PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C)

/*
 * Returns 0 and sets *out (free() it) and *n. -EINVAL: the pattern does not compile, or the reported tokens do not cover it
 * without gaps (PCRE2 has rewritten a part). -ENOMEM.
 */
int regex_lex(const char *pattern, struct regex_token **out, size_t *n);

/*
 * Sets has[] for the bytes that an atom matches: a class, an escape or a dot, n bytes long, without quantifier. PCRE2 is asked.
 * Returns 0, -EINVAL when PCRE2 does not compile it, or -ENOMEM.
 */
int regex_token_bytes(const char *atom, size_t n, _Bool has[256]);

#endif
