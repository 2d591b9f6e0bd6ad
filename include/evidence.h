/* SPDX-License-Identifier: MIT */
/*
 * evidence: the last log lines that counted, whole, to be found by client: why somebody is banned.
 * Bounded; the oldest go first.
 */
#ifndef RELAYDAM_EVIDENCE_H
#define RELAYDAM_EVIDENCE_H

#include "util/addr.h"
#include "util/siphash.h"
#include "util/span.h"

struct evidence;

enum { EVIDENCE_LINES = 4096, EVIDENCE_BYTES = 1024 * 1024 };

struct evidence_line {
	struct addr addr;
	int64_t time;
	uint32_t rule; /* index */
	struct span text;
};

/* Returns 0 and sets *out (free with evidence_free()), or -ENOMEM. */
int evidence_new(struct evidence **out, const struct seed *seed);
void evidence_free(struct evidence *evidence);

/* The text is copied; of more than 8 KiB only the beginning. */
void evidence_add(struct evidence *evidence, const struct evidence_line *line);

/*
 * Up to n lines of clients within the prefix, the newest first. Their text is valid until the next evidence_add().
 * Returns how many. Cheap where the prefix is one IPv4 address or an IPv6 /64 or longer; else it looks at all lines.
 */
size_t evidence_of(const struct evidence *evidence, const struct prefix *prefix,
		   struct evidence_line *out, size_t n);

/* After a change of the filters: the rule that was i is map[i] now; lines of rules that are gone are left out from now on. */
void evidence_remap(struct evidence *evidence, const uint32_t *map, size_t rules_before);

#endif
