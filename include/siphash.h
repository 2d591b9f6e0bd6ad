/* SPDX-License-Identifier: MIT */
/*
 * siphash: SipHash-2-4 (Aumasson and Bernstein, 2012), the keyed hash of every table.
 * Clients choose our keys; without the seed they cannot choose which of them collide.
 */
#ifndef RELAYDAM_SIPHASH_H
#define RELAYDAM_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct seed {
	uint64_t k0, k1;
};

uint64_t siphash(const struct seed *seed, const void *data, size_t len);

/* The same for a key of three words; some 10 ns. */
uint64_t siphash3(const struct seed *seed, uint64_t a, uint64_t b, uint64_t c);

#endif
