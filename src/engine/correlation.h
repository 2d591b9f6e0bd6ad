/* SPDX-License-Identifier: MIT */
/*
 * correlation: what is known across the lines of one client's visit or one queue id.
 *
 * Three things need more than one line. Accepted mail: the line with the client has a queue id,
 * the line in which the queue manager takes the mail has the same one and no client.
 * Pending hits, as Sendmail's unknown users: the line with the offence has a queue id, and the
 * line that names the client comes when the transaction is over.
 * Companions: one event leaves several lines; each strong line gives its companions credit, and
 * a companion counts only what is more than its credit. So an event counts once, and the weak
 * line still counts where it is the only trace.
 *
 * A bounded map, entries live CORRELATION_TTL from their last touch, the oldest goes when it is full.
 */
#ifndef RELAYDAM_ENGINE_CORRELATION_H
#define RELAYDAM_ENGINE_CORRELATION_H

#include "engine/filters.h"
#include "util/siphash.h"
#include "util/units.h"

#define CORRELATION_TTL (10 * UNITS_MINUTE)

struct correlation;

/* bytes bounds the map. Returns 0 and sets *out (free with correlation_free()), -EINVAL or -ENOMEM. */
int correlation_new(struct correlation **out, size_t bytes, const struct seed *seed);
void correlation_free(struct correlation *correlation);

/* A queue id came from this client. */
void correlation_open(struct correlation *correlation, const struct record *record,
		      const struct match *match);

/* The server took the mail. Returns 1 and sets *client the first time, else 0. */
int correlation_accept(struct correlation *correlation, const struct record *record,
		       const struct match *match, struct addr *client);

/*
 * An offence of a queue id. Returns 1 and sets *client when the client is known; else keeps the
 * hit for correlation_pended() and returns 0. A queue id holds up to four rules' hits.
 */
int correlation_pend(struct correlation *correlation, const struct record *record,
		     const struct match *match, struct addr *client);

/*
 * What waited for the queue id that correlation_open() was just called for, one rule a call: returns
 * 1 and sets the rule's index and the weight, 0 when there is nothing more.
 */
int correlation_pended(struct correlation *correlation, uint32_t *rule, uint32_t *weight);

void correlation_close(struct correlation *correlation, const struct record *record,
		       const struct match *match);

/* A strong line: gives every companion of its rule credit for the match's weight. */
void correlation_credit(struct correlation *correlation, const struct record *record,
			const struct match *match);

/* A companion's line: how much of its weight counts, 0 to match->weight. */
uint32_t correlation_uncredited(struct correlation *correlation, const struct record *record,
				const struct match *match);

enum { CORRELATION_EXPIRE = 512 };

/* Lets go of what was last touched more than CORRELATION_TTL before now, CORRELATION_EXPIRE of it at most. Is there more? */
bool correlation_expire(struct correlation *correlation, int64_t now);

uint64_t correlation_evicted(const struct correlation *correlation);

#endif
