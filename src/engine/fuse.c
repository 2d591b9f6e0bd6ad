/* SPDX-License-Identifier: MIT */
#include "engine/fuse.h"

#include <errno.h>
#include <stdlib.h>

enum { SLOTS = 12, FIXED = 1024 };

struct seen {
	struct addr client;
	int64_t time;
};

struct one {
	struct fuse_state state;
	int64_t slot; /* number of the newest slot; a slot lasts within / SLOTS */
	uint32_t bans[SLOTS];
	int64_t span;	  /* number of the current span; a span lasts `within` */
	uint64_t spans;	  /* completed ones */
	uint64_t in_span; /* bans in the current span */
	uint64_t usual;	  /* mean of bans in a span, times FIXED */
	unsigned seen_n;
	struct seen seen[FUSE_CLIENTS]; /* known senders, in the order of their last bans */
};

struct fuse {
	struct fuse_rule conf;
	size_t n;
	struct one *rules;
};

int fuse_new(struct fuse **out, const struct fuse_rule *conf, size_t rules)
{
	struct fuse *fuse = calloc(1, sizeof(*fuse));

	if (!fuse)
		return -ENOMEM;
	fuse->conf = *conf;
	fuse->n = rules;
	fuse->rules = calloc(rules + 1, sizeof(*fuse->rules));
	if (!fuse->rules) {
		free(fuse);
		return -ENOMEM;
	}
	*out = fuse;
	return 0;
}

void fuse_free(struct fuse *fuse)
{
	if (!fuse)
		return;
	free(fuse->rules);
	free(fuse);
}

/* Counts a ban in the current span. Updates the mean with completed spans, empty ones included. */
static void count_span(const struct fuse *fuse, struct one *one, int64_t now)
{
	int64_t span = now / fuse->conf.within;

	if (one->spans == 0 && one->in_span == 0)
		one->span = span;
	/* after a long silence the older spans have no weight left */
	if (span > one->span + 64 * FUSE_SPANS)
		one->span = span - 64 * FUSE_SPANS;
	for (; one->span < span; one->span++) {
		uint64_t weight = one->spans < FUSE_SPANS ? one->spans + 1 : FUSE_SPANS;

		one->usual = (one->usual * (weight - 1) + one->in_span * FIXED) / weight;
		one->in_span = 0;
		one->spans++;
	}
	one->in_span++;
}

/* Returns the number of bans in the last `within`, this one included. */
static uint32_t count_ban(const struct fuse *fuse, struct one *one, int64_t now)
{
	int64_t slot = now / (fuse->conf.within / SLOTS + 1);
	uint32_t sum = 0;

	if (slot > one->slot + SLOTS)
		one->slot = slot - SLOTS;
	while (one->slot < slot)
		one->bans[++one->slot % SLOTS] = 0;
	one->bans[one->slot % SLOTS]++;
	for (unsigned i = 0; i < SLOTS; i++)
		sum += one->bans[i];
	return sum;
}

static void drop(struct one *one, unsigned i)
{
	memmove(&one->seen[i], &one->seen[i + 1], (one->seen_n - i - 1) * sizeof(one->seen[0]));
	one->seen_n--;
}

/* Returns the number of known senders banned in the last `within`, this one included. */
static uint32_t count_spared(const struct fuse *fuse, struct one *one, const struct addr *client,
			     int64_t now)
{
	for (unsigned i = one->seen_n; i-- > 0;)
		if (addr_equal(&one->seen[i].client, client) ||
		    now - one->seen[i].time > fuse->conf.within)
			drop(one, i);
	if (one->seen_n == FUSE_CLIENTS)
		drop(one, 0);
	one->seen[one->seen_n++] = (struct seen){ *client, now };
	return one->seen_n;
}

static bool is_unusual(const struct fuse_rule *conf, const struct one *one, uint32_t bans)
{
	uint64_t usual = one->usual > FIXED ? one->usual : FIXED;

	return conf->rate > 0 && one->spans >= FUSE_SPANS && bans >= conf->least &&
	       (uint64_t)bans * FIXED > usual * conf->rate;
}

bool fuse_ban(struct fuse *fuse, size_t rule, const struct addr *client, bool spared, int64_t now)
{
	const struct fuse_rule *conf = &fuse->conf;
	struct one *one = &fuse->rules[rule];
	uint32_t bans, clients;

	if (one->state.why != FUSE_WHOLE || (conf->spared == 0 && conf->rate == 0))
		return false;
	count_span(fuse, one, now);
	bans = count_ban(fuse, one, now);
	clients = spared && conf->spared > 0 ? count_spared(fuse, one, client, now) : 0;
	if (clients > 0 && clients >= conf->spared &&
	    (uint64_t)clients * 100 >= (uint64_t)bans * conf->share)
		one->state = (struct fuse_state){ FUSE_SPARED, now, bans, clients };
	else if (is_unusual(conf, one, bans))
		one->state =
			(struct fuse_state){ FUSE_RATE, now, bans, (uint32_t)(one->usual / FIXED) };
	return one->state.why != FUSE_WHOLE;
}

const struct fuse_state *fuse_state(const struct fuse *fuse, size_t rule)
{
	return &fuse->rules[rule].state;
}

void fuse_set(struct fuse *fuse, size_t rule, const struct fuse_state *state)
{
	struct one *one = &fuse->rules[rule];

	if (state->why == FUSE_WHOLE) {
		memset(one->bans, 0, sizeof(one->bans));
		one->seen_n = 0;
	}
	one->state = *state;
}

/* Drops the counts: slots and spans of another length have other numbers. */
static void reset_counts(struct one *one)
{
	struct one fresh = { .state = one->state, .seen_n = one->seen_n };

	memcpy(fresh.seen, one->seen, sizeof(fresh.seen));
	*one = fresh;
}

void fuse_copy(struct fuse *to, const struct fuse *from, const uint32_t *map)
{
	bool same = to->conf.within == from->conf.within;

	for (size_t i = 0; i < from->n; i++) {
		if (map[i] >= to->n)
			continue;
		to->rules[map[i]] = from->rules[i];
		if (!same)
			reset_counts(&to->rules[map[i]]);
	}
}
