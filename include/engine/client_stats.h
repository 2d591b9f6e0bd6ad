/* SPDX-License-Identifier: MIT */
/*
 * client_stats: per-client counters of hits, bans and accepted mail, for replay reports and the daemon's status.
 * Bounded to CLIENT_STATS_CLIENTS: beyond these the client seen longest ago is dropped, and all figures are lower bounds
 * (client_stats_overflowed()). Callers pass the engine's events in their order.
 */
#ifndef RELAYDAM_ENGINE_CLIENT_STATS_H
#define RELAYDAM_ENGINE_CLIENT_STATS_H

#include "engine/engine.h"

enum { CLIENT_STATS_CLIENTS = 128 * 1024 };

struct client_stats;

/* One client: an IPv4 address, or an IPv6 /64. */
struct client_stats_client {
	struct prefix client;
	uint64_t hits;
	uint32_t bans;
	/*
	 * Mails accepted from it before its first ban, during a ban (in replay: these would have been delayed), and
	 * after. A ban of a prefix counts as a ban of each client in it.
	 */
	uint32_t before, during, after;
};

int client_stats_new(struct client_stats **out, size_t rules, size_t jails,
		     const struct seed *seed);
void client_stats_free(struct client_stats *stats);

void client_stats_hit(struct client_stats *stats, const struct hit *hit);
void client_stats_accepted(struct client_stats *stats, const struct hit *hit, bool banned);
void client_stats_ban(struct client_stats *stats, const struct ban_event *event);

uint64_t client_stats_rule_hits(const struct client_stats *stats, size_t rule);
uint64_t client_stats_jail_bans(const struct client_stats *stats, size_t jail);

/* Number of clients with at least one hit. */
uint64_t client_stats_clients(const struct client_stats *stats);
bool client_stats_overflowed(const struct client_stats *stats);

/* Mails accepted from this client; 0 if it is unknown. */
uint64_t client_stats_mails(const struct client_stats *stats, const struct addr *addr);

/*
 * After a change of the configuration: rule i becomes rule_map[i], UINT32_MAX: removed; jails likewise.
 * `rules` and `jails` are the new numbers. Returns 0, or -ENOMEM with nothing changed.
 */
int client_stats_remap(struct client_stats *stats, const uint32_t *rule_map, size_t rules_before,
		       size_t rules, const uint32_t *jail_map, size_t jails_before, size_t jails);

/* Number of clients that were banned for hits of their own, not with a prefix only. */
uint64_t client_stats_banned_clients(const struct client_stats *stats);

/*
 * Fill `out` with up to n clients and return how many: the clients with the most hits; and the banned clients that also
 * had mail accepted, most mails first. Ties are ordered by address. O(clients): for the end of a run.
 */
size_t client_stats_top(const struct client_stats *stats, struct client_stats_client *out,
			size_t n);
size_t client_stats_collateral(const struct client_stats *stats, struct client_stats_client *out,
			       size_t n);

/* Collateral of all bans: banned clients that had mail accepted at any time, and mails accepted during a ban. */
struct client_stats_cost {
	uint64_t relays, delayed;
};
struct client_stats_cost client_stats_cost(const struct client_stats *stats);

#endif
