/* SPDX-License-Identifier: MIT */
/*
 * spare: clients that have proved honest by mail that the server accepted.
 *
 * A client (an IPv4 address, an IPv6 /64) is spared while its last `delivered` mails lie within `within`. Bounded: when it is
 * full, the client whose last mail is oldest is forgotten, and counted. What is to be kept over a restart is
 * handed out by spare_unsaved(): every mail until a client is spared, then about once in a hundredth of `within`.
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
	uint32_t delivered; /* mails, 1 to SPARE_MOST; 0: nobody is spared */
	int64_t within;	    /* microseconds */
	uint32_t factor;    /* who is spared may do so many times maxretry; at least 1 */
};

/* Prefixes that are asked for by spare_holds(), wider than a client. */
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
 * The server accepted a mail from this client. Lines may come again: what is not newer than the last mail
 * that was restored for the client does not count. Returns true when the client is spared from now on, and was not just
 * before.
 */
bool spare_mail(struct spare *spare, const struct addr *addr, int64_t now);

/* Is the client spared? Does the prefix, of a width that was given, hold one who is? */
bool spare_is(const struct spare *spare, const struct addr *addr, int64_t now);
bool spare_holds(const struct spare *spare, const struct prefix *prefix, int64_t now);

struct spare_client {
	struct prefix prefix;
	uint64_t mails;		   /* accepted since it is known */
	int64_t until;		   /* spared up to then; INT64_MIN: has not delivered enough */
	size_t n;		   /* times of its last mails, the oldest first */
	int64_t times[SPARE_MOST]; /* microseconds */
};

/* Returns 1 and fills *out, or 0 when nothing is known of the client. */
int spare_look(const struct spare *spare, const struct addr *addr, struct spare_client *out);

/* One that is to be saved, each once. Returns 1 and fills *out, or 0. spare_unsave() puts it back: it could not be saved. */
int spare_unsaved(struct spare *spare, struct spare_client *out);
bool spare_waits(const struct spare *spare); /* is there one? */
void spare_unsave(struct spare *spare, const struct prefix *client);

/* What was saved, those whose last mail is oldest first: prefix, mails, n and times. */
void spare_restore(struct spare *spare, const struct spare_client *saved);

/* All that `from` knows, into the empty `to`, whose rule may differ. */
void spare_copy(struct spare *to, const struct spare *from);

/* Forgets whose last mail lies further back than `within`, SPARE_EXPIRE of them at most. Are there more? */
bool spare_expire(struct spare *spare, int64_t now);

/* Clients and prefixes that hold some; those forgotten for want of memory. */
uint32_t spare_count(const struct spare *spare);
uint32_t spare_capacity(const struct spare *spare);
uint64_t spare_evicted(const struct spare *spare);

#endif
