/* SPDX-License-Identifier: MIT */
/*
 * recent_lines: the latest log lines that counted, in full, by client: they explain a ban. Bounded; the oldest are dropped.
 */
#ifndef RELAYDAM_DAEMON_RECENT_LINES_H
#define RELAYDAM_DAEMON_RECENT_LINES_H

#include "util/addr.h"
#include "util/siphash.h"
#include "util/span.h"

struct recent_lines;

enum { RECENT_LINES_LINES = 4096, RECENT_LINES_BYTES = 1024 * 1024 };

struct recent_line {
	struct addr addr;
	int64_t time;
	uint32_t rule; /* index */
	struct span text;
};

/* Returns 0 and sets *out (free with recent_lines_free()), or -ENOMEM. */
int recent_lines_new(struct recent_lines **out, const struct seed *seed);
void recent_lines_free(struct recent_lines *evidence);

/* Copies the text; of a text over 8 KiB only the beginning. */
void recent_lines_add(struct recent_lines *evidence, const struct recent_line *line);

/*
 * Up to n lines of clients within the prefix, the newest first. Their text is valid until the next recent_lines_add().
 * Returns how many. Cheap where the prefix is one IPv4 address or an IPv6 /64 or longer; else it looks at all lines.
 */
size_t recent_lines_of(const struct recent_lines *evidence, const struct prefix *prefix,
		       struct recent_line *out, size_t n);

/* After a reload: rule i became map[i]; lines of removed rules are no longer returned. */
void recent_lines_remap(struct recent_lines *evidence, const uint32_t *map, size_t rules_before);

#endif
