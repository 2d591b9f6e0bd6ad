/* SPDX-License-Identifier: MIT */
/* capture: the named groups of a pattern that have a meaning, and what they captured. */
#ifndef RELAYDAM_MATCH_CAPTURE_H
#define RELAYDAM_MATCH_CAPTURE_H

#include "util/span.h"

enum group {
	GROUP_ADDR,
	GROUP_HOST,
	GROUP_PORT,
	GROUP_QID,
	GROUP_WEIGHT,
	GROUP_USER, /* this and GROUP_RECIPIENT: chosen by the client, so only ever compared */
	GROUP_RECIPIENT,
	GROUPS,
};

struct capture {
	struct span group[GROUPS]; /* p == NULL: the group did not take part in the match */
};

/* The group of that name, or -1 for another name. */
static inline int group_named(struct span name)
{
	static const char *const names[GROUPS] = {
		[GROUP_ADDR] = "addr",		 [GROUP_HOST] = "host",
		[GROUP_PORT] = "port",		 [GROUP_QID] = "qid",
		[GROUP_WEIGHT] = "weight",	 [GROUP_USER] = "user",
		[GROUP_RECIPIENT] = "recipient",
	};

	for (int g = 0; g < GROUPS; g++)
		if (span_equal(name, span_of(names[g])))
			return g;
	return -1;
}

#endif
