/* SPDX-License-Identifier: MIT */
#include "util/escape.h"

#include <stdint.h>
#include <stdlib.h>

/* Length of the UTF-8 character at the start; 0 if it is not valid (RFC 3629, section 4). */
static size_t utf8_length(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (s.n < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

/* U+0080 to U+009F are control characters too: 0x9b is CSI on some terminals. */
static bool is_control(struct span s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (n == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	return n == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

void escape_print(FILE *to, struct span text)
{
	while (text.n > 0) {
		size_t n = utf8_length(text);

		if (n > 0 && !is_control(text, n)) {
			fwrite(text.p, 1, n, to);
		} else {
			n = 1;
			fprintf(to, "\\x%02x", (unsigned char)text.p[0]);
		}
		text = span_skip(text, n);
	}
}

char *escape_utf8(struct span text, size_t *n)
{
	char *copy = malloc(text.n * 3 + 1);
	size_t at = 0;

	if (!copy)
		return NULL;
	while (text.n > 0) {
		size_t length = utf8_length(text);

		if (length > 0) {
			memcpy(copy + at, text.p, length);
			at += length;
		} else {
			length = 1;
			memcpy(copy + at, "\xEF\xBF\xBD", 3);
			at += 3;
		}
		text = span_skip(text, length);
	}
	copy[at] = '\0';
	*n = at;
	return copy;
}
