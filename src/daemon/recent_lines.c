/* SPDX-License-Identifier: MIT */
/*
 * Two rings: the lines' places, and their text. Both are numbered from the beginning of time, so that
 * what was overwritten is known by its number. Lines of one client, an IPv4 address or an IPv6 /64, are chained.
 */
#include "recent_lines.h"

#include <errno.h>
#include <stdlib.h>

enum { BUCKETS = 1024, LONGEST = 8192 };

struct kept_line {
	struct recent_line line; /* text.p is set when it is asked for */
	uint64_t text;		 /* number of its first byte */
	uint64_t before;	 /* number + 1 of the line before it in its chain; 0: none */
};

struct recent_lines {
	struct seed seed;
	uint64_t lines, bytes;	/* numbers of the next ones */
	uint64_t last[BUCKETS]; /* number + 1 of each chain's last line */
	struct kept_line place[RECENT_LINES_LINES];
	char text[RECENT_LINES_BYTES +
		  LONGEST]; /* a line is never split: the end of the ring has room for one */
};

int recent_lines_new(struct recent_lines **out, const struct seed *seed)
{
	struct recent_lines *evidence = calloc(1, sizeof(*evidence));

	if (!evidence)
		return -ENOMEM;
	evidence->seed = *seed;
	*out = evidence;
	return 0;
}

void recent_lines_free(struct recent_lines *evidence)
{
	free(evidence);
}

static uint64_t *chain_of(struct recent_lines *evidence, const struct addr *addr)
{
	struct prefix client = prefix_of(addr, 32, 64);

	return &evidence->last[siphash(&evidence->seed, client.addr.b, sizeof(client.addr.b)) %
			       BUCKETS];
}

void recent_lines_add(struct recent_lines *evidence, const struct recent_line *line)
{
	struct kept_line *place = &evidence->place[evidence->lines % RECENT_LINES_LINES];
	uint64_t *last = chain_of(evidence, &line->addr);
	size_t n = line->text.n < LONGEST ? line->text.n : LONGEST;
	uint64_t at = evidence->bytes;

	if (at % RECENT_LINES_BYTES + n > RECENT_LINES_BYTES)
		at += RECENT_LINES_BYTES - at % RECENT_LINES_BYTES;
	*place = (struct kept_line){ .line = *line, .text = at, .before = *last };
	place->line.text.n = n;
	if (n > 0)
		memcpy(evidence->text + at % RECENT_LINES_BYTES, line->text.p, n);
	evidence->bytes = at + n;
	*last = ++evidence->lines;
}

/* The line of that number, or NULL when it or its text was overwritten. */
static const struct kept_line *place_at(const struct recent_lines *evidence, uint64_t number)
{
	const struct kept_line *place = &evidence->place[number % RECENT_LINES_LINES];

	if (evidence->lines - number > RECENT_LINES_LINES ||
	    evidence->bytes - place->text > RECENT_LINES_BYTES)
		return NULL;
	return place;
}

static bool within(const struct addr *addr, const struct prefix *prefix)
{
	struct prefix one = prefix_of(addr, 32, 128);

	return prefix_overlaps(&one, prefix);
}

static bool is_one_client(const struct prefix *prefix)
{
	struct prefix client = prefix_of(&prefix->addr, 32, 64);

	return prefix->bits >= client.bits;
}

size_t recent_lines_of(const struct recent_lines *evidence, const struct prefix *prefix,
		       struct recent_line *out, size_t n)
{
	bool chained = is_one_client(prefix);
	uint64_t next = chained ? *chain_of((struct recent_lines *)evidence, &prefix->addr)
				: evidence->lines;
	size_t found = 0;

	while (next > 0 && found < n) {
		const struct kept_line *place = place_at(evidence, next - 1);

		if (!place)
			break;
		if (place->line.rule != UINT32_MAX && within(&place->line.addr, prefix)) {
			out[found] = place->line;
			out[found].text.p = evidence->text + place->text % RECENT_LINES_BYTES;
			found++;
		}
		next = chained ? place->before : next - 1;
	}
	return found;
}

void recent_lines_remap(struct recent_lines *evidence, const uint32_t *map, size_t rules_before)
{
	for (size_t i = 0; i < RECENT_LINES_LINES; i++) {
		uint32_t *rule = &evidence->place[i].line.rule;

		*rule = *rule < rules_before ? map[*rule] : UINT32_MAX;
	}
}
