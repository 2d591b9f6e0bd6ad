/* SPDX-License-Identifier: MIT */
/* unit: common to all unit tests, which include it first. */
#ifndef RELAYDAM_TESTS_UNIT_H
#define RELAYDAM_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* splitmix64 (Steele, Lea and Flood, 2014): a seed in TEST_SEED, or a fixed one, printed. */
static uint64_t unit_state;

static inline void unit_seed(void)
{
	const char *text = getenv("TEST_SEED");

	unit_state = text ? strtoull(text, NULL, 0) : 20261120;
	print_message("TEST_SEED=%llu\n", (unsigned long long)unit_state);
}

static inline uint64_t unit_random(void)
{
	uint64_t z = unit_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline uint32_t unit_below(uint32_t n)
{
	return (uint32_t)(unit_random() % n);
}

/* With RELAYDAM_LONG=1, as in `sh tests/all.sh --lab`, random tests make more tries. */
static inline unsigned unit_rounds(unsigned brief, unsigned lengthy)
{
	return getenv("RELAYDAM_LONG") ? lengthy : brief;
}

/* Writes a file. */
static inline void unit_write(const char *directory, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

#endif
