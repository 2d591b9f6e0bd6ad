/* SPDX-License-Identifier: MIT */
/*
 * cursor: the unread part of a text, for hand-written parsers. A function that returns bool returns
 * false when the text does not match; the cursor's position is then undefined.
 */
#ifndef RELAYDAM_UTIL_CURSOR_H
#define RELAYDAM_UTIL_CURSOR_H

#include "util/span.h"

struct cursor {
	const char *p, *end;
};

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool literal(struct cursor *c, char want)
{
	if (c->p == c->end || *c->p != want)
		return false;
	c->p++;
	return true;
}

/* Reads a number of `least` to `most` digits; most is at most 9. */
static inline bool number(struct cursor *c, unsigned least, unsigned most, unsigned *out)
{
	unsigned value = 0, n = 0;

	while (n < most && c->p < c->end && is_digit(*c->p)) {
		value = value * 10 + (unsigned)(*c->p++ - '0');
		n++;
	}
	*out = value;
	return n >= least;
}

static inline struct span rest(const struct cursor *c)
{
	return (struct span){ c->p, (size_t)(c->end - c->p) };
}

static inline struct span word(struct cursor *c)
{
	const char *blank = memchr(c->p, ' ', (size_t)(c->end - c->p));
	struct span s = { c->p, (size_t)((blank ? blank : c->end) - c->p) };

	c->p = blank ? blank + 1 : c->end;
	return s;
}

static inline void blanks(struct cursor *c)
{
	while (c->p < c->end && *c->p == ' ')
		c->p++;
}

static inline struct cursor cursor_of(struct span s)
{
	return (struct cursor){ s.p, s.p + s.n };
}

#endif
