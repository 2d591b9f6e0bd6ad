/* SPDX-License-Identifier: MIT */
/*
 * byteset: a set of bytes, and the search for the end of a run of them. With SSE2, sets of up to four ranges, or the
 * complements of such sets, are searched 16 bytes at a time; nearly all are of this kind.
 */
#ifndef RELAYDAM_MATCH_BYTESET_H
#define RELAYDAM_MATCH_BYTESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BYTESET_RANGES = 4, BYTESET_BLOCK = 16 };

struct byteset {
	bool has[256];
	bool ranged;	     /* the ranges below are the set or its complement */
	uint32_t complement; /* all bits of a block if they are the complement, else 0 */
	uint8_t low[BYTESET_RANGES][BYTESET_BLOCK];  /* first byte of each range, repeated */
	uint8_t more[BYTESET_RANGES][BYTESET_BLOCK]; /* last byte minus first, repeated */
};

void byteset_make(struct byteset *set, const bool has[256]);

/* Returns the first byte in p..stop that is not in the set, or stop. One byte at a time. */
static inline const char *byteset_run_plain(const struct byteset *set, const char *p,
					    const char *stop)
{
	while (p < stop && set->has[(unsigned char)*p])
		p++;
	return p;
}

/* The same. Bytes up to `end`, which is not before stop, must be readable. */
static inline const char *byteset_run(const struct byteset *set, const char *p, const char *stop,
				      const char *end)
{
#ifdef __SSE2__
	while (set->ranged && p < stop && end - p >= BYTESET_BLOCK) {
		__m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i in = _mm_setzero_si128();
		uint32_t out;

		for (int i = 0; i < BYTESET_RANGES; i++) {
			const void *low = set->low[i], *more = set->more[i];
			__m128i at = _mm_sub_epi8(block, _mm_loadu_si128(low));

			in = _mm_or_si128(
				in, _mm_cmpeq_epi8(_mm_min_epu8(at, _mm_loadu_si128(more)), at));
		}
		out = ((uint32_t)_mm_movemask_epi8(in) ^ set->complement) ^ 0xffff;
		if (out) {
			p += __builtin_ctz(out);
			return p < stop ? p : stop;
		}
		p += BYTESET_BLOCK;
	}
	if (p > stop)
		return stop;
#else
	(void)end;
#endif
	return byteset_run_plain(set, p, stop);
}

#endif
