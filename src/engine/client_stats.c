/* SPDX-License-Identifier: MIT */
/*
 * The clients of a log do not fit into the CPU's caches, and the counts are not read before the
 * end. So events wait in a ring while the memory that they need is prefetched. They are counted in
 * order.
 */
#include "engine/client_stats.h"

#include <errno.h>
#include <stdlib.h>

#include "util/lru_table.h"

struct entry {
	struct lru_table_node node;
	struct client_stats_client client;
	bool touched_by_ban; /* was banned itself, or as part of a prefix */
};

enum event_kind {
	EVENT_HIT,
	EVENT_ACCEPTED,
	EVENT_BAN,
};

struct event {
	enum event_kind kind;
	uint32_t weight; /* of a hit */
	bool banned;	 /* of a mail: its client was banned */
	int64_t time;
	struct prefix client;
	struct lru_table_key key;
};

/* STEP: number of events between two steps of prefetching for one event. */
enum { RING = 16, STEP = 4 };

struct counts {
	struct lru_table *table;
	struct seed seed;
	uint64_t clients, banned_clients, delayed;
	uint64_t begun, done; /* events put into the ring, and counted */
	struct event ring[RING];
};

struct client_stats {
	uint64_t *rule_hits, *jail_bans;
	struct counts *counts;
};

int client_stats_new(struct client_stats **out, size_t rules, size_t jails, const struct seed *seed)
{
	struct client_stats *stats = calloc(1, sizeof(*stats));
	int r = -ENOMEM;

	if (!stats)
		return r;
	stats->rule_hits = calloc(rules + 1, sizeof(*stats->rule_hits));
	stats->jail_bans = calloc(jails + 1, sizeof(*stats->jail_bans));
	stats->counts = calloc(1, sizeof(*stats->counts));
	if (stats->rule_hits && stats->jail_bans && stats->counts) {
		stats->counts->seed = *seed;
		r = lru_table_new(&stats->counts->table, sizeof(struct entry), CLIENT_STATS_CLIENTS,
				  1);
	}
	if (r < 0)
		client_stats_free(stats);
	else
		*out = stats;
	return r;
}

void client_stats_free(struct client_stats *stats)
{
	if (!stats)
		return;
	if (stats->counts)
		lru_table_free(stats->counts->table);
	free(stats->counts);
	free(stats->rule_hits);
	free(stats->jail_bans);
	free(stats);
}

static struct entry *entry_for(struct counts *counts, const struct event *event)
{
	struct entry *entry = lru_table_find(counts->table, &event->key);

	if (entry) {
		lru_table_touch(counts->table, entry, event->time);
		return entry;
	}
	entry = lru_table_insert_evict(counts->table, &event->key, event->time, NULL, NULL);
	entry->client.client = event->client;
	return entry;
}

static void count_accepted(struct counts *counts, struct entry *entry, bool banned)
{
	if (banned) {
		entry->client.during++;
		counts->delayed++;
		entry->touched_by_ban = true;
	} else if (entry->touched_by_ban) {
		entry->client.after++;
	} else {
		entry->client.before++;
	}
}

static void count(struct counts *counts, const struct event *event)
{
	struct entry *entry = entry_for(counts, event);

	switch (event->kind) {
	case EVENT_HIT:
		if (entry->client.hits == 0)
			counts->clients++;
		entry->client.hits += event->weight;
		break;
	case EVENT_ACCEPTED:
		count_accepted(counts, entry, event->banned);
		break;
	case EVENT_BAN:
		if (entry->client.bans++ == 0)
			counts->banned_clients++;
		entry->touched_by_ban = true;
		break;
	}
}

/* Counts the events that still wait. */
static const struct counts *counts_of(const struct client_stats *stats)
{
	struct counts *counts = stats->counts;

	for (; counts->done < counts->begun; counts->done++)
		count(counts, &counts->ring[counts->done % RING]);
	return counts;
}

static void begin(struct counts *counts, struct event event, const struct addr *client)
{
	const struct event *ring = counts->ring;
	uint64_t n = counts->begun;

	event.client = prefix_of(client, 32, 64);
	event.key = lru_table_prefix_key(&counts->seed, &event.client, 0);
	if (n - counts->done == RING)
		count(counts, &ring[counts->done++ % RING]);
	counts->ring[n % RING] = event;
	counts->begun++;
	lru_table_fetch_index(counts->table, &event.key);
	if (n >= STEP)
		lru_table_fetch_entry(counts->table, &ring[(n - STEP) % RING].key);
	if (n >= 2 * STEP)
		lru_table_fetch_neighbours(counts->table, &ring[(n - 2 * STEP) % RING].key);
}

void client_stats_hit(struct client_stats *stats, const struct hit *hit)
{
	struct event event = { .kind = EVENT_HIT, .weight = hit->weight, .time = hit->time };

	begin(stats->counts, event, &hit->addr);
	stats->rule_hits[hit->rule->index] += hit->weight;
}

void client_stats_accepted(struct client_stats *stats, const struct hit *hit, bool banned)
{
	struct event event = { .kind = EVENT_ACCEPTED, .banned = banned, .time = hit->time };

	begin(stats->counts, event, &hit->addr);
}

void client_stats_ban(struct client_stats *stats, const struct ban_event *event)
{
	struct event ban = { .kind = EVENT_BAN, .time = event->hit->time };

	begin(stats->counts, ban, &event->hit->addr);
	stats->jail_bans[event->ban.jail]++;
}

uint64_t client_stats_rule_hits(const struct client_stats *stats, size_t rule)
{
	return stats->rule_hits[rule];
}

uint64_t client_stats_jail_bans(const struct client_stats *stats, size_t jail)
{
	return stats->jail_bans[jail];
}

uint64_t client_stats_clients(const struct client_stats *stats)
{
	return counts_of(stats)->clients;
}

uint64_t client_stats_mails(const struct client_stats *stats, const struct addr *addr)
{
	struct prefix prefix = prefix_of(addr, 32, 64);
	const struct counts *counts = counts_of(stats);
	struct lru_table_key key = lru_table_prefix_key(&counts->seed, &prefix, 0);
	const struct entry *entry = lru_table_find(counts->table, &key);

	return entry ? (uint64_t)entry->client.before + entry->client.during + entry->client.after
		     : 0;
}

static uint64_t *mapped(const uint64_t *from, const uint32_t *map, size_t before, size_t n)
{
	uint64_t *to = calloc(n + 1, sizeof(*to));

	for (size_t i = 0; to && i < before; i++)
		if (map[i] < n)
			to[map[i]] = from[i];
	return to;
}

int client_stats_remap(struct client_stats *stats, const uint32_t *rule_map, size_t rules_before,
		       size_t rules, const uint32_t *jail_map, size_t jails_before, size_t jails)
{
	uint64_t *hits = mapped(stats->rule_hits, rule_map, rules_before, rules);
	uint64_t *bans = mapped(stats->jail_bans, jail_map, jails_before, jails);

	if (!hits || !bans) {
		free(hits);
		free(bans);
		return -ENOMEM;
	}
	free(stats->rule_hits);
	free(stats->jail_bans);
	stats->rule_hits = hits;
	stats->jail_bans = bans;
	return 0;
}

uint64_t client_stats_banned_clients(const struct client_stats *stats)
{
	return counts_of(stats)->banned_clients;
}

bool client_stats_overflowed(const struct client_stats *stats)
{
	return lru_table_evicted(counts_of(stats)->table) > 0;
}

static uint64_t by_hits(const struct client_stats_client *client)
{
	return client->hits;
}

static uint64_t by_mails(const struct client_stats_client *client)
{
	return client->bans || client->during
		       ? (uint64_t)client->before + client->during + client->after
		       : 0;
}

static bool ranks_before(const struct client_stats_client *a, const struct client_stats_client *b,
			 uint64_t (*worth)(const struct client_stats_client *))
{
	if (worth(a) != worth(b))
		return worth(a) > worth(b);
	return memcmp(a->client.addr.b, b->client.addr.b, sizeof(a->client.addr.b)) < 0;
}

/* Finds the n clients with the highest worth, by insertion: n is small. */
static size_t worthiest(const struct client_stats *stats, struct client_stats_client *out, size_t n,
			uint64_t (*worth)(const struct client_stats_client *))
{
	const struct lru_table *table = counts_of(stats)->table;
	size_t kept = 0;

	for (const struct entry *entry = lru_table_oldest_in(table, 0); entry;
	     entry = lru_table_newer(table, entry)) {
		size_t at;

		if (worth(&entry->client) == 0 ||
		    (kept == n && !ranks_before(&entry->client, &out[n - 1], worth)))
			continue;
		at = kept < n ? kept++ : n - 1;
		for (; at > 0 && ranks_before(&entry->client, &out[at - 1], worth); at--)
			out[at] = out[at - 1];
		out[at] = entry->client;
	}
	return kept;
}

size_t client_stats_top(const struct client_stats *stats, struct client_stats_client *out, size_t n)
{
	return worthiest(stats, out, n, by_hits);
}

size_t client_stats_collateral(const struct client_stats *stats, struct client_stats_client *out,
			       size_t n)
{
	return worthiest(stats, out, n, by_mails);
}

struct client_stats_cost client_stats_cost(const struct client_stats *stats)
{
	const struct counts *counts = counts_of(stats);
	struct client_stats_cost cost = { .delayed = counts->delayed };

	for (const struct entry *entry = lru_table_oldest_in(counts->table, 0); entry;
	     entry = lru_table_newer(counts->table, entry))
		cost.relays += by_mails(&entry->client) > 0;
	return cost;
}
