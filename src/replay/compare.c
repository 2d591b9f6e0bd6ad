/* SPDX-License-Identifier: MIT */
#include "replay/compare.h"

#include <stdio.h>
#include <stdlib.h>

#include "replay/report.h"

/* Values of ban_entry.mark: made by one of the runs, or by both. */
enum { MARK_ONE, MARK_BOTH };

/* The bans of a run, sorted by client and time. */
struct sorted_bans {
	const struct replay_run *run;
	struct ban_entry **by_client;
	size_t n;
};

static int compare_addr(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

/* By the address whose hit caused the ban: the two runs may ban prefixes of different lengths. */
static int by_client(const void *a, const void *b)
{
	const struct ban_entry *x = *(struct ban_entry *const *)a;
	const struct ban_entry *y = *(struct ban_entry *const *)b;
	int order = compare_addr(&x->addr, &y->addr);

	if (order != 0)
		return order;
	return x->time < y->time ? -1 : x->time > y->time;
}

static int sort_bans(struct replay_run *run, struct sorted_bans *out)
{
	*out = (struct sorted_bans){ .run = run, .n = run->bans.n };
	out->by_client = malloc((out->n + 1) * sizeof(*out->by_client));
	if (!out->by_client)
		return -1;
	for (size_t i = 0; i < out->n; i++)
		out->by_client[i] = &run->bans.list[i];
	qsort(out->by_client, out->n, sizeof(*out->by_client), by_client);
	return 0;
}

static bool overlap(const struct ban_entry *x, const struct ban_entry *y)
{
	return x->time < y->until && y->time < x->until;
}

/* Index of the first ban of this client, or of the next client that has one. */
static size_t find_client(const struct sorted_bans *in, const struct addr *client)
{
	size_t low = 0, high = in->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare_addr(&in->by_client[middle]->addr, client) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Marks each ban, and those of the other run at the same time whose client is in its prefix. */
static void mark_pairs(const struct sorted_bans *in, const struct sorted_bans *other)
{
	for (size_t i = 0; i < in->n; i++) {
		struct ban_entry *ban = in->by_client[i];
		struct addr first = prefix_first(&ban->prefix), last = prefix_last(&ban->prefix);

		for (size_t j = find_client(other, &first);
		     j < other->n && compare_addr(&other->by_client[j]->addr, &last) <= 0; j++)
			if (overlap(ban, other->by_client[j]))
				ban->mark = other->by_client[j]->mark = MARK_BOTH;
	}
}

/* How many bans of a run both have made, and how many only this one. */
struct score {
	uint64_t both, one;
};

static void print_ban(const struct replay_run *run, const struct ban_entry *ban, const char *in,
		      bool json)
{
	struct report report = { .json = json, .run = run, .in = in };

	if (json || ban->mark == MARK_ONE)
		report_entry(&report, ban);
}

/* Merges both lists by time. Of a pair only the ban of `this` is printed. */
static void print_bans(const struct replay_run *this, const struct replay_run *other, bool json,
		       struct score score[2])
{
	size_t i = 0, j = 0;

	while (i < this->bans.n || j < other->bans.n) {
		const struct ban_entry *x = i < this->bans.n ? &this->bans.list[i] : NULL;
		const struct ban_entry *y = j < other->bans.n ? &other->bans.list[j] : NULL;

		if (x && (!y || x->time <= y->time)) {
			score[0].both += x->mark == MARK_BOTH;
			score[0].one += x->mark == MARK_ONE;
			print_ban(this, x, x->mark == MARK_BOTH ? "both" : "this", json);
			i++;
		} else if (y) {
			score[1].both += y->mark == MARK_BOTH;
			score[1].one += y->mark == MARK_ONE;
			if (y->mark == MARK_ONE)
				print_ban(other, y, "other", json);
			j++;
		}
	}
}

static unsigned long long ull(uint64_t n)
{
	return n;
}

static void print_figures(const char *what, uint64_t this, uint64_t other)
{
	printf("  %-38s %12llu  %12llu  %+12lld\n", what, ull(this), ull(other),
	       (long long)other - (long long)this);
}

static void print_table(const struct replay_run *this, const struct replay_run *other,
			const struct score score[2])
{
	struct engine_counts a = engine_counts(this->engine), b = engine_counts(other->engine);
	struct client_stats_cost x = client_stats_cost(this->stats),
				 y = client_stats_cost(other->stats);

	if (score[0].one + score[1].one > 0)
		putchar('\n');
	printf("                                                  this         other    difference\n");
	print_figures("bans", a.bans, b.bans);
	print_figures("  made by both", score[0].both, score[1].both);
	print_figures("  made by only one", score[0].one, score[1].one);
	print_figures("clients banned", client_stats_banned_clients(this->stats),
		      client_stats_banned_clients(other->stats));
	print_figures("hits", a.hits, b.hits);
	print_figures("  stopped by a ban", a.stopped, b.stopped);
	print_figures("mails accepted", a.accepted, b.accepted);
	print_figures("  that a ban would have delayed", x.delayed, y.delayed);
	print_figures("banned clients that delivered mail", x.relays, y.relays);
	printf("\nthis:  %s\nother: %s\n", this->config->path, other->config->path);
}

void compare_print(struct replay_run *this, struct replay_run *other, bool json)
{
	struct sorted_bans a = { 0 }, b = { 0 };
	struct score score[2] = { 0 };

	if (sort_bans(this, &a) == 0 && sort_bans(other, &b) == 0) {
		mark_pairs(&a, &b);
		mark_pairs(&b, &a);
		print_bans(this, other, json, score);
		if (!json)
			print_table(this, other, score);
	}
	free(a.by_client);
	free(b.by_client);
}
