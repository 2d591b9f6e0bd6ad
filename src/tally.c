/* SPDX-License-Identifier: MIT */
#include "tally.h"

#include <errno.h>
#include <stdlib.h>

#include "table.h"

struct entry {
	struct table_node node;
	struct tally_client client;
	bool touched_by_ban; /* its own, or one of a prefix that it is in */
};

struct tally {
	struct table *table;
	struct seed seed;
	uint64_t *rule_hits, *jail_bans;
	uint64_t clients, banned_clients, delayed;
	bool overflowed;
};

int tally_new(struct tally **out, size_t rules, size_t jails, const struct seed *seed)
{
	struct tally *tally = calloc(1, sizeof(*tally));
	int r = -ENOMEM;

	if (!tally)
		return r;
	tally->seed = *seed;
	tally->rule_hits = calloc(rules + 1, sizeof(*tally->rule_hits));
	tally->jail_bans = calloc(jails + 1, sizeof(*tally->jail_bans));
	if (tally->rule_hits && tally->jail_bans)
		r = table_new(&tally->table, sizeof(struct entry), TALLY_CLIENTS, 1);
	if (r < 0)
		tally_free(tally);
	else
		*out = tally;
	return r;
}

void tally_free(struct tally *tally)
{
	if (!tally)
		return;
	table_free(tally->table);
	free(tally->rule_hits);
	free(tally->jail_bans);
	free(tally);
}

static struct entry *entry_for(struct tally *tally, const struct addr *addr, int64_t time)
{
	struct prefix prefix = prefix_of(addr, 32, 64);
	struct table_key key = table_prefix_key(&tally->seed, &prefix, 0);
	struct entry *entry;

	entry = table_find(tally->table, &key);
	if (entry) {
		table_touch(tally->table, entry, time);
		return entry;
	}
	if (table_full(tally->table)) {
		table_remove(tally->table, table_oldest(tally->table, NULL));
		tally->overflowed = true;
	}
	entry = table_insert(tally->table, &key, time);
	entry->client.client = prefix;
	return entry;
}

void tally_hit(struct tally *tally, const struct hit *hit)
{
	struct entry *entry = entry_for(tally, &hit->addr, hit->time);

	if (entry->client.hits == 0)
		tally->clients++;
	entry->client.hits += hit->weight;
	tally->rule_hits[hit->rule->index] += hit->weight;
}

void tally_accepted(struct tally *tally, const struct hit *hit, bool banned)
{
	struct entry *entry = entry_for(tally, &hit->addr, hit->time);

	if (banned) {
		entry->client.during++;
		tally->delayed++;
		entry->touched_by_ban = true;
	} else if (entry->touched_by_ban) {
		entry->client.after++;
	} else {
		entry->client.before++;
	}
}

void tally_ban(struct tally *tally, const struct ban_event *event)
{
	struct entry *entry = entry_for(tally, &event->hit->addr, event->hit->time);

	if (entry->client.bans++ == 0)
		tally->banned_clients++;
	entry->touched_by_ban = true;
	tally->jail_bans[event->ban.jail]++;
}

uint64_t tally_rule_hits(const struct tally *tally, size_t rule)
{
	return tally->rule_hits[rule];
}

uint64_t tally_jail_bans(const struct tally *tally, size_t jail)
{
	return tally->jail_bans[jail];
}

uint64_t tally_clients(const struct tally *tally)
{
	return tally->clients;
}

uint64_t tally_banned_clients(const struct tally *tally)
{
	return tally->banned_clients;
}

bool tally_overflowed(const struct tally *tally)
{
	return tally->overflowed;
}

static uint64_t by_hits(const struct tally_client *client)
{
	return client->hits;
}

static uint64_t by_mails(const struct tally_client *client)
{
	return client->bans || client->during
		       ? (uint64_t)client->before + client->during + client->after
		       : 0;
}

static bool stands_before(const struct tally_client *a, const struct tally_client *b,
			  uint64_t (*worth)(const struct tally_client *))
{
	if (worth(a) != worth(b))
		return worth(a) > worth(b);
	return memcmp(a->client.addr.b, b->client.addr.b, sizeof(a->client.addr.b)) < 0;
}

/* Keeps the n worthiest in order, by insertion: n is small. */
static size_t worthiest(const struct tally *tally, struct tally_client *out, size_t n,
			uint64_t (*worth)(const struct tally_client *))
{
	size_t kept = 0;

	for (const struct entry *entry = table_oldest_in(tally->table, 0); entry;
	     entry = table_newer(tally->table, entry)) {
		size_t at;

		if (worth(&entry->client) == 0 ||
		    (kept == n && !stands_before(&entry->client, &out[n - 1], worth)))
			continue;
		at = kept < n ? kept++ : n - 1;
		for (; at > 0 && stands_before(&entry->client, &out[at - 1], worth); at--)
			out[at] = out[at - 1];
		out[at] = entry->client;
	}
	return kept;
}

size_t tally_top(const struct tally *tally, struct tally_client *out, size_t n)
{
	return worthiest(tally, out, n, by_hits);
}

size_t tally_collateral(const struct tally *tally, struct tally_client *out, size_t n)
{
	return worthiest(tally, out, n, by_mails);
}

struct tally_cost tally_cost(const struct tally *tally)
{
	struct tally_cost cost = { .delayed = tally->delayed };

	for (const struct entry *entry = table_oldest_in(tally->table, 0); entry;
	     entry = table_newer(tally->table, entry))
		cost.relays += by_mails(&entry->client) > 0;
	return cost;
}
