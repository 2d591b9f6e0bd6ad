#ifndef BENCH_RNG_H
#define BENCH_RNG_H

/*
 * splitmix64 (public domain, Sebastiano Vigna). The generator must give the same bytes on every
 * machine, so there is no libc rand and no floating point anywhere in it.
 */
#include <stdint.h>

struct rng {
	uint64_t state;
};

/* A fixed hash of x: what belongs to a session or a client is derived, not stored. */
static inline uint64_t rng_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15U;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
	return x ^ (x >> 31);
}

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t x = r->state;

	r->state += 0x9e3779b97f4a7c15U;
	return rng_mix(x);
}

/* 0 <= result < n; n is small, so the bias does not matter here. */
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

#endif
