/* SPDX-License-Identifier: MIT */
/*
 * client_stats: what a replay did to whom, for its summary. Bounded; where more clients came than
 * it holds, those seen longest ago are forgotten, and its figures are lower bounds.
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
	 * Mails accepted from it before its first ban, during one (these would have been delayed)
	 * and after. A ban of a prefix is a ban of all clients in it.
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

/* Clients with at least one hit; a lower bound when client_stats_overflowed(). */
uint64_t client_stats_clients(const struct client_stats *stats);
bool client_stats_overflowed(const struct client_stats *stats);

/* Mails accepted from this client since it was seen first. */
uint64_t client_stats_mails(const struct client_stats *stats, const struct addr *addr);

/*
 * After a change of the configuration: the rule that was i is rule_map[i] now, of `rules`, and the jails
 * likewise; UINT32_MAX: it is gone. Returns 0, or -ENOMEM with nothing changed.
 */
int client_stats_remap(struct client_stats *stats, const uint32_t *rule_map, size_t rules_before,
		       size_t rules, const uint32_t *jail_map, size_t jails_before, size_t jails);

/* Clients that were banned for what they did themselves. */
uint64_t client_stats_banned_clients(const struct client_stats *stats);

/*
 * Up to n clients: those with the most hits, or those under a ban that also delivered, most mails
 * first; equal ones by address. Returns how many. Walks all clients: for the end of a run.
 */
size_t client_stats_top(const struct client_stats *stats, struct client_stats_client *out,
			size_t n);
size_t client_stats_collateral(const struct client_stats *stats, struct client_stats_client *out,
			       size_t n);

/* What all bans together cost honest mail: relays under a ban that delivered at any time, mails delayed. */
struct client_stats_cost {
	uint64_t relays, delayed;
};
struct client_stats_cost client_stats_cost(const struct client_stats *stats);

#endif
