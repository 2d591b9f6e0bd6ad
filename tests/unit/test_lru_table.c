/* SPDX-License-Identifier: MIT */
/* The table beside an array of what should be in it, while it grows and shrinks; the hash's own test vectors. */
#include "unit.h"
#include "util/lru_table.c"

enum { KEYS = 600, CAPACITY = 500 };

struct counter {
	struct lru_table_node node;
	uint64_t n;
};

static struct lru_table_key key_of(unsigned i)
{
	/* every fourth hash is another's, too */
	return (struct lru_table_key){ .a = i,
				       .hash = (i & ~3U) * 0x9e3779b9U,
				       .queue = (uint16_t)(i % 3) };
}

static void assert_as_model(const struct lru_table *table, const uint64_t model[KEYS])
{
	uint32_t count = 0;

	for (unsigned i = 0; i < KEYS; i++) {
		struct lru_table_key key = key_of(i);
		const struct counter *counter = lru_table_find(table, &key);

		assert_int_equal(counter ? counter->n : 0, model[i]);
		count += model[i] > 0;
	}
	assert_int_equal(lru_table_count(table), count);
}

static void test_as_an_array(void **state)
{
	uint64_t model[KEYS] = { 0 };
	struct lru_table *table;

	(void)state;
	unit_seed();
	assert_int_equal(lru_table_new(&table, sizeof(struct counter), CAPACITY, 3), 0);
	for (unsigned round = 1; round <= 20000; round++) {
		unsigned i = (unsigned)(unit_random() % KEYS);
		struct lru_table_key key = key_of(i);
		struct counter *counter = lru_table_find(table, &key);

		if (counter) {
			lru_table_remove(table, counter);
			model[i] = 0;
		} else if (!lru_table_full(table)) {
			counter = lru_table_insert(table, &key, round);
			counter->n = model[i] = round;
		}
		if (round < 100 || round % 500 == 0)
			assert_as_model(table, model);
	}
	lru_table_free(table);
}

/* Text 00 01 02 ... under the key 00 to 0f: from the authors' reference implementation. */
static void test_siphash128(void **state)
{
	static const struct seed seed = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	static const struct {
		size_t n;
		const char *digest;
	} cases[] = { { 0, "a3817f04ba25a8e66df67214c7550293" },
		      { 9, "264499060ad9baabc47f8b02bb6d71ed" } };
	uint8_t text[16];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct digest digest = siphash128(&seed, text, cases[i].n);
		char hex[33];

		snprintf(hex, sizeof(hex), "%016llx%016llx",
			 (unsigned long long)__builtin_bswap64(digest.a),
			 (unsigned long long)__builtin_bswap64(digest.b));
		assert_string_equal(hex, cases[i].digest);
	}
}

static void count_evicted(void *context, void *entry)
{
	uint64_t *sum = context;
	const struct counter *counter = entry;

	*sum += counter->node.key.a;
}

static void test_evicts_the_oldest(void **state)
{
	struct lru_table *table;
	uint64_t sum = 0;

	(void)state;
	assert_int_equal(lru_table_new(&table, sizeof(struct counter), 2, 3), 0);
	for (unsigned i = 1; i <= 4; i++) {
		struct lru_table_key key = key_of(i);

		lru_table_insert_evict(table, &key, i, count_evicted, &sum);
	}
	assert_int_equal(lru_table_count(table), 2);
	assert_int_equal(lru_table_evicted(table), 2);
	assert_int_equal(sum, 1 + 2);
	lru_table_free(table);
}

static void test_prefix_of_a_key(void **state)
{
	struct seed seed = { 1, 2 };
	struct prefix prefix = { .bits = 64, .addr = { { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 9 } } };
	struct lru_table_key key = lru_table_prefix_key(&seed, &prefix, 3);
	struct prefix back = lru_table_key_prefix(&key);

	(void)state;
	assert_int_equal(back.bits, prefix.bits);
	assert_memory_equal(back.addr.b, prefix.addr.b, sizeof(prefix.addr.b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_an_array),
		cmocka_unit_test(test_siphash128),
		cmocka_unit_test(test_evicts_the_oldest),
		cmocka_unit_test(test_prefix_of_a_key),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
