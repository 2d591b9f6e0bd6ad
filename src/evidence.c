/* SPDX-License-Identifier: MIT */
/*
 * Two rings: the lines' places, and their text. Both are numbered from the beginning of time, so that
 * what was overwritten is known by its number. Lines of one client, an IPv4 address or an IPv6 /64, are chained.
 */
#include "evidence.h"

#include <errno.h>
#include <stdlib.h>

enum { BUCKETS = 1024, LONGEST = 8192 };

struct journal_turn {
	struct evidence_line line; /* text.p is set when it is asked for */
	uint64_t text;		   /* number of its first byte */
	uint64_t before;	   /* number + 1 of the line before it in its chain; 0: none */
};

struct evidence {
	struct seed seed;
	uint64_t lines, bytes;	/* numbers of the next ones */
	uint64_t last[BUCKETS]; /* number + 1 of each chain's last line */
	struct journal_turn place[EVIDENCE_LINES];
	char text[EVIDENCE_BYTES +
		  LONGEST]; /* a line is never split: the end of the ring has room for one */
};

int evidence_new(struct evidence **out, const struct seed *seed)
{
	struct evidence *evidence = calloc(1, sizeof(*evidence));

	if (!evidence)
		return -ENOMEM;
	evidence->seed = *seed;
	*out = evidence;
	return 0;
}

void evidence_free(struct evidence *evidence)
{
	free(evidence);
}

static uint64_t *chain_of(struct evidence *evidence, const struct addr *addr)
{
	struct prefix client = prefix_of(addr, 32, 64);

	return &evidence->last[siphash(&evidence->seed, client.addr.b, sizeof(client.addr.b)) %
			       BUCKETS];
}

void evidence_add(struct evidence *evidence, const struct evidence_line *line)
{
	struct journal_turn *place = &evidence->place[evidence->lines % EVIDENCE_LINES];
	uint64_t *last = chain_of(evidence, &line->addr);
	size_t n = line->text.n < LONGEST ? line->text.n : LONGEST;
	uint64_t at = evidence->bytes;

	if (at % EVIDENCE_BYTES + n > EVIDENCE_BYTES)
		at += EVIDENCE_BYTES - at % EVIDENCE_BYTES;
	*place = (struct journal_turn){ .line = *line, .text = at, .before = *last };
	place->line.text.n = n;
	if (n > 0)
		memcpy(evidence->text + at % EVIDENCE_BYTES, line->text.p, n);
	evidence->bytes = at + n;
	*last = ++evidence->lines;
}

/* The line of that number, or NULL when it or its text was overwritten. */
static const struct journal_turn *place_at(const struct evidence *evidence, uint64_t number)
{
	const struct journal_turn *place = &evidence->place[number % EVIDENCE_LINES];

	if (evidence->lines - number > EVIDENCE_LINES ||
	    evidence->bytes - place->text > EVIDENCE_BYTES)
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

size_t evidence_of(const struct evidence *evidence, const struct prefix *prefix,
		   struct evidence_line *out, size_t n)
{
	bool chained = is_one_client(prefix);
	uint64_t next = chained ? *chain_of((struct evidence *)evidence, &prefix->addr)
				: evidence->lines;
	size_t found = 0;

	while (next > 0 && found < n) {
		const struct journal_turn *place = place_at(evidence, next - 1);

		if (!place)
			break;
		if (place->line.rule != UINT32_MAX && within(&place->line.addr, prefix)) {
			out[found] = place->line;
			out[found].text.p = evidence->text + place->text % EVIDENCE_BYTES;
			found++;
		}
		next = chained ? place->before : next - 1;
	}
	return found;
}

void evidence_remap(struct evidence *evidence, const uint32_t *map, size_t rules_before)
{
	for (size_t i = 0; i < EVIDENCE_LINES; i++) {
		uint32_t *rule = &evidence->place[i].line.rule;

		*rule = *rule < rules_before ? map[*rule] : UINT32_MAX;
	}
}
