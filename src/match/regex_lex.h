/* SPDX-License-Identifier: MIT */
/*
 * regex_lex: a pattern cut into the items that PCRE2 itself sees in it, so that nobody here needs to
 * know where a class ends. PCRE2 calls out before each item when it compiles with
 * PCRE2_AUTO_CALLOUT, and names the item's place and length (pcre2callout(3)).
 */
#ifndef RELAYDAM_MATCH_REGEX_LEX_H
#define RELAYDAM_MATCH_REGEX_LEX_H

#include <stddef.h>

struct regex_token {
	size_t at,
		n; /* in the pattern, its quantifier included; a group's opener is one of its own */
};

/* How every pattern is compiled: bytes, anchored, '.' takes all, '$' is the very end. */
#define REGEX_COMPILE                                                                              \
	(PCRE2_ANCHORED | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_DUPNAMES | PCRE2_NEVER_UTF | \
	 PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C)

/*
 * Returns 0 and sets *out (free() it) and *n; -EINVAL where the items do not follow one upon the other
 * over the whole pattern, as behind PCRE2's own rewriting, or the pattern is none; -ENOMEM.
 */
int regex_lex(const char *pattern, struct regex_token **out, size_t *n);

/*
 * Which bytes the atom (a class, an escape, a dot; `n` bytes, without quantifier) takes, asked of PCRE2.
 * Returns 0, -EINVAL when it is no atom of one byte, -ENOMEM.
 */
int regex_token_bytes(const char *atom, size_t n, _Bool has[256]);

#endif
