/* SPDX-License-Identifier: MIT */
#include "match/byteset.h"

#include <string.h>

/* Finds the ranges of bytes for which has[] is `want`. Returns how many there are; the first BYTESET_RANGES are stored. */
static unsigned find_ranges(struct byteset *set, bool want)
{
	unsigned n = 0;

	for (unsigned low = 0; low < 256; low++) {
		unsigned high = low;

		if (set->has[low] != want)
			continue;
		while (high < 255 && set->has[high + 1] == want)
			high++;
		if (n < BYTESET_RANGES) {
			memset(set->low[n], (int)low, BYTESET_BLOCK);
			memset(set->more[n], (int)(high - low), BYTESET_BLOCK);
		}
		n++;
		low = high;
	}
	return n;
}

void byteset_make(struct byteset *set, const bool has[256])
{
	unsigned n;

	memcpy(set->has, has, sizeof(set->has));
	set->complement = 0;
	n = find_ranges(set, true);
	if (n == 0 || n > BYTESET_RANGES) {
		set->complement = 0xffff;
		n = find_ranges(set, false);
	}
	set->ranged = n > 0 && n <= BYTESET_RANGES;
	for (; n > 0 && n < BYTESET_RANGES; n++) {
		memcpy(set->low[n], set->low[0], BYTESET_BLOCK);
		memcpy(set->more[n], set->more[0], BYTESET_BLOCK);
	}
}
