/* SPDX-License-Identifier: MIT */
#include "util/siphash.h"

#include <string.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, unsigned n)
{
	return (x << n) | (x >> (64 - n));
}

static inline void round_once(struct state *s)
{
	s->v0 += s->v1;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline void absorb(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	round_once(s);
	round_once(s);
	s->v0 ^= word;
}

static inline struct state begin(const struct seed *seed)
{
	return (struct state){
		.v0 = seed->k0 ^ 0x736f6d6570736575ULL,
		.v1 = seed->k1 ^ 0x646f72616e646f6dULL,
		.v2 = seed->k0 ^ 0x6c7967656e657261ULL,
		.v3 = seed->k1 ^ 0x7465646279746573ULL,
	};
}

static inline uint64_t fold(const struct state *s)
{
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static inline void absorb_text(struct state *s, const uint8_t *bytes, size_t len)
{
	uint64_t last = (uint64_t)len << 56;
	size_t whole = len & ~(size_t)7;

	for (size_t i = 0; i < whole; i += 8) {
		uint64_t word;

		memcpy(&word, bytes + i, 8);
		absorb(s, word);
	}
	for (size_t i = whole; i < len; i++)
		last |= (uint64_t)bytes[i] << (8 * (i - whole));
	absorb(s, last);
}

static inline uint64_t finish(struct state *s, int rounds)
{
	for (int i = 0; i < rounds; i++)
		round_once(s);
	return fold(s);
}

uint64_t siphash(const struct seed *seed, const void *data, size_t len)
{
	struct state s = begin(seed);

	absorb_text(&s, data, len);
	s.v2 ^= 0xff;
	return finish(&s, 4);
}

struct digest siphash128(const struct seed *seed, const void *data, size_t len)
{
	struct state s = begin(seed);
	struct digest digest;

	s.v1 ^= 0xee;
	absorb_text(&s, data, len);
	s.v2 ^= 0xee;
	digest.a = finish(&s, 4);
	s.v1 ^= 0xdd;
	digest.b = finish(&s, 4);
	return digest;
}

uint64_t siphash3(const struct seed *seed, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t words[] = { a, b, c };
	struct state s = begin(seed);

	for (size_t i = 0; i < 3; i++) {
		s.v3 ^= words[i];
		round_once(&s);
		s.v0 ^= words[i];
	}
	s.v2 ^= 0xff;
	return finish(&s, 3);
}
