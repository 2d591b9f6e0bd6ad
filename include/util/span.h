/* SPDX-License-Identifier: MIT */
/* span: borrowed bytes. Not terminated; may contain NUL and any other byte. */
#ifndef RELAYDAM_UTIL_SPAN_H
#define RELAYDAM_UTIL_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

static inline struct span span_of(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static inline uint64_t span_word(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* Inline, without memcmp(): names are short. */
static inline bool span_equal(struct span a, struct span b)
{
	size_t i = 0;

	if (a.n != b.n)
		return false;
	if (a.n < 8) {
		while (i < a.n && a.p[i] == b.p[i])
			i++;
		return i == a.n;
	}
	for (; i + 8 < a.n; i += 8)
		if (span_word(a.p + i) != span_word(b.p + i))
			return false;
	return span_word(a.p + a.n - 8) == span_word(b.p + a.n - 8);
}

static inline bool span_begins(struct span s, const char *text)
{
	size_t n = strlen(text);

	/* the first byte decides most cases without a call of memcmp() */
	return s.n >= n && (n == 0 || *s.p == *text) && memcmp(s.p, text, n) == 0;
}

static inline struct span span_skip(struct span s, size_t n)
{
	return (struct span){ s.p + n, s.n - n };
}

#endif
