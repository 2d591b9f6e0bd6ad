/* SPDX-License-Identifier: MIT */
/*
 * A client chooses part of each line that a server logs. Where a wildcard without bound stands in front of text that the rule
 * needs, the client can write that text and with it another address.
 */
#include "match/pattern.h"

#include <string.h>

/* "*", "+" or "{3,}"; a lazy or possessive suffix makes no difference. */
static bool unbounded_quantifier(const char *p)
{
	if (*p == '*' || *p == '+')
		return true;
	if (*p != '{')
		return false;
	p++;
	while (*p >= '0' && *p <= '9')
		p++;
	return p[0] == ',' && p[1] == '}';
}

/* Does anything that must match (a literal, a class, a group) follow the quantifier? */
static bool something_follows(const char *p)
{
	while (*p && strchr("?+*)$|", *p))
		p++;
	return *p != '\0';
}

const char *pattern_lint(const struct pattern *pattern)
{
	bool in_class = false;

	for (const char *p = pattern_expanded(pattern); *p; p++) {
		bool any = !in_class && *p == '.';

		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return "holds a control byte: in libconfig write \\\\n for \\n, \\\\t for \\t";
		if (*p == '\\' && p[1]) {
			p++;
			any = !in_class && strchr("SDWNVHXRC", *p);
		} else if (*p == '[' && !in_class) {
			in_class = true;
			p += p[1] == '^';
			p += p[1] == ']';
		} else if (*p == ']') {
			in_class = false;
		}
		if (any && unbounded_quantifier(p + 1) && something_follows(p + 2))
			return "has an unbounded wildcard in front of words that decide: a client "
			       "may write those words; cross client text with [^...]*+ or <quoted>";
	}
	return NULL;
}
