/* SPDX-License-Identifier: MIT */
#include "engine/ignore_ip.h"

#include <errno.h>
#include <stdlib.h>

struct range {
	struct addr first, last;
};

struct ignore_ip {
	size_t n;
	struct range ranges[];
};

static int byte_order(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

static int range_order(const void *a, const void *b)
{
	return byte_order(&((const struct range *)a)->first, &((const struct range *)b)->first);
}

/* Folds ranges that overlap, in place; they are sorted by their first address. */
static size_t ranges_fold(struct range *ranges, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && byte_order(&ranges[i].first, &ranges[kept - 1].last) <= 0) {
			if (byte_order(&ranges[i].last, &ranges[kept - 1].last) > 0)
				ranges[kept - 1].last = ranges[i].last;
		} else {
			ranges[kept++] = ranges[i];
		}
	}
	return kept;
}

int ignore_ip_new(struct ignore_ip **out, const struct prefix *prefixes, size_t n)
{
	struct ignore_ip *ignore = malloc(sizeof(*ignore) + n * sizeof(ignore->ranges[0]));

	if (!ignore)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		ignore->ranges[i].first = prefix_first(&prefixes[i]);
		ignore->ranges[i].last = prefix_last(&prefixes[i]);
	}
	if (n > 0)
		qsort(ignore->ranges, n, sizeof(ignore->ranges[0]), range_order);
	ignore->n = ranges_fold(ignore->ranges, n);
	*out = ignore;
	return 0;
}

void ignore_ip_free(struct ignore_ip *ignore)
{
	free(ignore);
}

/* Does any range meet first..last? The candidate is the last range that begins at or before `last`. */
static bool ranges_meet(const struct ignore_ip *ignore, const struct addr *first,
			const struct addr *last)
{
	size_t low = 0, high = ignore->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (byte_order(&ignore->ranges[middle].first, last) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && byte_order(&ignore->ranges[low - 1].last, first) >= 0;
}

bool ignore_ip_has(const struct ignore_ip *ignore, const struct addr *addr)
{
	return ranges_meet(ignore, addr, addr);
}

bool ignore_ip_touches(const struct ignore_ip *ignore, const struct prefix *prefix)
{
	struct addr first = prefix_first(prefix);
	struct addr last = prefix_last(prefix);

	return ranges_meet(ignore, &first, &last);
}
