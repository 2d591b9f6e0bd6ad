/* SPDX-License-Identifier: MIT */
/* Runs in blocks beside runs byte by byte: the sets that patterns have, and others of up to six ranges. */
#include "match/byteset.c"
#include "unit.h"

static void random_set(bool has[256])
{
	unsigned ranges = (unsigned)(unit_random() % 7);
	bool want = unit_random() % 2;

	memset(has, !want, 256);
	for (unsigned i = 0; i < ranges; i++) {
		unsigned low = (unsigned)(unit_random() % 256);
		unsigned n = (unsigned)(unit_random() % 64);

		for (unsigned byte = low; byte < 256 && byte <= low + n; byte++)
			has[byte] = want;
	}
}

static void assert_runs(const struct byteset *set)
{
	bool rich = unit_random() % 2;
	char text[100];

	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = (char)unit_random();
		while (rich && unit_random() % 64 && !set->has[(unsigned char)text[i]])
			text[i] = (char)unit_random();
	}
	for (size_t from = 0; from <= sizeof(text); from += 7) {
		for (size_t to = from; to <= sizeof(text); to += 3) {
			const char *p = text + from, *stop = text + to;

			assert_ptr_equal(byteset_run(set, p, stop, text + sizeof(text)),
					 byteset_run_plain(set, p, stop));
			assert_ptr_equal(byteset_run(set, p, stop, stop),
					 byteset_run_plain(set, p, stop));
		}
	}
}

static void test_runs(void **state)
{
	(void)state;
	unit_seed();
	for (unsigned round = 0; round < 3000; round++) {
		struct byteset set;
		bool has[256];

		random_set(has);
		if (round < 2)
			memset(has, round == 0, sizeof(has));
		byteset_make(&set, has);
		assert_runs(&set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
	};

	return cmocka_run_group_tests_name("byteset", tests, NULL, NULL);
}
