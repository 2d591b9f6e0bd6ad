/* SPDX-License-Identifier: MIT */
/*
 * siphash: SipHash (Aumasson and Bernstein, 2012), the keyed hash of every table.
 * Clients choose our keys; without the seed they cannot choose which of them collide.
 */
#ifndef RELAYDAM_UTIL_SIPHASH_H
#define RELAYDAM_UTIL_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct seed {
	uint64_t k0, k1;
};

struct digest {
	uint64_t a, b;
};

/* SipHash-2-4. */
uint64_t siphash(const struct seed *seed, const void *data, size_t len);

/*
 * The same with 128 bits: clients cannot construct collisions, so the digest can replace the text.
 */
struct digest siphash128(const struct seed *seed, const void *data, size_t len);

/*
 * SipHash-1-3 of three words, as used by the hash tables of several languages: clients cannot
 * predict which keys fall into the same bucket. The length is constant and not hashed. Takes about
 * 5 ns.
 */
uint64_t siphash3(const struct seed *seed, uint64_t a, uint64_t b, uint64_t c);

#endif
