/* SPDX-License-Identifier: MIT */
/* span: bytes that belong to somebody else. Not terminated, may hold NUL and any byte. */
#ifndef RELAYDAM_SPAN_H
#define RELAYDAM_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

static inline struct span span_of(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_begins(struct span s, const char *text)
{
	size_t n = strlen(text);

	return s.n >= n && memcmp(s.p, text, n) == 0;
}

static inline struct span span_skip(struct span s, size_t n)
{
	return (struct span){ s.p + n, s.n - n };
}

#endif
