/* SPDX-License-Identifier: MIT */
/* walk: determinate items (see plan) matched against a message, byte by byte and never back. */
#ifndef RELAYDAM_WALK_H
#define RELAYDAM_WALK_H

#include "item.h"

struct walk {
	const char *begin, *end; /* the message */
	struct capture capture;
	uint32_t steps; /* left; at 0 the walk gives up, which must be counted */
};

/* A lazy set may be followed by what is long: some 0.3 ms at most. */
enum { WALK_STEPS = 20000 };

/* Returns where the item ends that begins at p, or NULL when it does not fit. */
const char *walk_item(struct walk *walk, const struct item *item, const char *p);

/* Do the n bytes of text, at least one, stand at p? Most that do not differ in the first byte. */
static inline bool walk_begins(const struct walk *walk, const char *p, const char *text, size_t n)
{
	if ((size_t)(walk->end - p) < n || *p != *text)
		return false;
	for (size_t i = 1; i < n; i++)
		if (p[i] != text[i])
			return false;
	return true;
}

/* As if none of these groups had taken part. */
static inline void walk_forget(struct walk *walk, unsigned captures)
{
	for (; captures; captures &= captures - 1)
		walk->capture.group[__builtin_ctz(captures)] = (struct span){ 0 };
}

#endif
