/* SPDX-License-Identifier: MIT */
/*
 * tally: what a replay did to whom, for its summary. Bounded; where more clients came than
 * it holds, those seen longest ago are forgotten, and its figures are lower bounds.
 */
#ifndef RELAYDAM_TALLY_H
#define RELAYDAM_TALLY_H

#include "engine.h"

enum { TALLY_CLIENTS = 128 * 1024 };

struct tally;

/* One client: an IPv4 address, or an IPv6 /64. */
struct tally_client {
	struct prefix client;
	uint64_t hits;
	uint32_t bans;
	/*
	 * Mails accepted from it before its first ban, during one (these would have been delayed)
	 * and after. A ban of a prefix is a ban of all clients in it.
	 */
	uint32_t before, during, after;
};

int tally_new(struct tally **out, size_t rules, size_t jails, const struct seed *seed);
void tally_free(struct tally *tally);

void tally_hit(struct tally *tally, const struct hit *hit);
void tally_accepted(struct tally *tally, const struct hit *hit, bool banned);
void tally_ban(struct tally *tally, const struct ban_event *event);

uint64_t tally_rule_hits(const struct tally *tally, size_t rule);
uint64_t tally_jail_bans(const struct tally *tally, size_t jail);

/* Clients with at least one hit; a lower bound when tally_overflowed(). */
uint64_t tally_clients(const struct tally *tally);
bool tally_overflowed(const struct tally *tally);

/* Mails accepted from this client since it was seen first. */
uint64_t tally_mails(const struct tally *tally, const struct addr *addr);

/*
 * After a change of the configuration: the rule that was i is rule_map[i] now, of `rules`, and the jails
 * likewise; UINT32_MAX: it is gone. Returns 0, or -ENOMEM with nothing changed.
 */
int tally_remap(struct tally *tally, const uint32_t *rule_map, size_t rules_before, size_t rules,
		const uint32_t *jail_map, size_t jails_before, size_t jails);

/* Clients that were banned for what they did themselves. */
uint64_t tally_banned_clients(const struct tally *tally);

/*
 * Up to n clients: those with the most hits, or those under a ban that also delivered, most mails
 * first; equal ones by address. Returns how many. Walks all clients: for the end of a run.
 */
size_t tally_top(const struct tally *tally, struct tally_client *out, size_t n);
size_t tally_collateral(const struct tally *tally, struct tally_client *out, size_t n);

/* What all bans together cost honest mail: relays under a ban that delivered at any time, mails delayed. */
struct tally_cost {
	uint64_t relays, delayed;
};
struct tally_cost tally_cost(const struct tally *tally);

#endif
