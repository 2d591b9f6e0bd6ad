/* SPDX-License-Identifier: MIT */
/*
 * spare: known senders, clients from which the server has accepted mail; they get a higher limit.
 *
 * A client (an IPv4 address, an IPv6 /64) is a known sender while its last `delivered` mails lie within `within`. Bounded: when
 * the table is full, the client whose last mail is oldest is evicted, and counted. spare_unsaved() returns the clients to be
 * saved for a restart: after each mail until the client is a known sender, then about once in a hundredth of `within`.
 */
#ifndef RELAYDAM_ENGINE_SPARE_H
#define RELAYDAM_ENGINE_SPARE_H

#include "util/addr.h"
#include "util/siphash.h"

struct spare;

enum {
	SPARE_EXPIRE = 512,
	SPARE_MOST = 64, /* delivered, at most */
	SPARE_BITS4 = 32,
	SPARE_BITS6 = 64,
};

struct spare_rule {
	uint32_t delivered; /* mails, 1 to SPARE_MOST; 0: no known senders */
	int64_t within;	    /* microseconds */
	uint32_t factor;    /* the limit of a known sender is maxretry times this; at least 1 */
};

/* The widths of prefixes, wider than a client, that spare_holds() is called with. */
struct spare_width {
	uint8_t prefix4, prefix6; /* SPARE_BITS4, SPARE_BITS6: not asked */
};

/*
 * widths: n of them, copied. bytes bounds the table. Returns 0 and sets *out (free with spare_free()), -EINVAL
 * or -ENOMEM.
 */
int spare_new(struct spare **out, const struct spare_rule *rule, const struct spare_width *widths,
	      size_t n, size_t bytes, const struct seed *seed);
void spare_free(struct spare *spare);

/*
 * The server accepted a mail from this client. Mails not newer than the last one restored for the client are ignored, because
 * lines may be read again after a restart. Returns true when this mail makes the client a known sender.
 */
bool spare_mail(struct spare *spare, const struct addr *addr, int64_t now);

/* Is the client a known sender? Does the prefix, of one of the widths given to spare_new(), contain one? */
bool spare_is(const struct spare *spare, const struct addr *addr, int64_t now);
bool spare_holds(const struct spare *spare, const struct prefix *prefix, int64_t now);

struct spare_client {
	struct prefix prefix;
	uint64_t mails;		   /* accepted since it is known */
	int64_t until;		   /* known sender up to then; INT64_MIN: not enough mails */
	size_t n;		   /* times of its last mails, the oldest first */
	int64_t times[SPARE_MOST]; /* microseconds */
};

/* Returns 1 and fills *out, or 0 if the client is unknown. */
int spare_look(const struct spare *spare, const struct addr *addr, struct spare_client *out);

/* Takes the next client to be saved. Returns 1 and fills *out, or 0. spare_unsave() queues it again when saving has failed. */
int spare_unsaved(struct spare *spare, struct spare_client *out);
bool spare_waits(const struct spare *spare); /* is there a client to be saved? */
void spare_unsave(struct spare *spare, const struct prefix *client);

/* Restores a saved client (prefix, mails, n, times). Call in the order of their last mails, oldest first. */
void spare_restore(struct spare *spare, const struct spare_client *saved);

/* Copies all clients into the empty `to`, whose rule may differ. */
void spare_copy(struct spare *to, const struct spare *from);

/* Removes clients whose last mail is older than `within`, at most SPARE_EXPIRE. Returns true if there may be more. */
bool spare_expire(struct spare *spare, int64_t now);

/* Entries: clients, and prefixes that contain some. Evicted: removed because the table was full. */
uint32_t spare_count(const struct spare *spare);
uint32_t spare_capacity(const struct spare *spare);
uint64_t spare_evicted(const struct spare *spare);

#endif
