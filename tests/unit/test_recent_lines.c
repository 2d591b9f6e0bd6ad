/* SPDX-License-Identifier: MIT */
/* Beside a plain list of all lines. */
#include "unit.h"

#include "daemon/recent_lines.c"

enum { ADDED = 30000, CLIENTS = 300 };

static struct addr client(uint32_t n)
{
	struct addr addr = { .b = { [10] = 0xff,
				    [11] = 0xff,
				    [12] = 10,
				    [14] = (uint8_t)(n >> 8),
				    [15] = (uint8_t)n } };

	return addr;
}

static size_t length_of(uint32_t number)
{
	return number % 97 == 0 ? 9000 : number % 700;
}

static void fill(char *text, uint32_t number)
{
	memset(text, 'a' + (int)(number % 26), length_of(number));
}

static void check(const struct recent_lines *evidence, const uint32_t *who, uint32_t added,
		  const struct prefix *prefix, uint32_t last_byte_mask)
{
	static struct recent_line got[64];
	size_t n = recent_lines_of(evidence, prefix, got, 64);
	uint32_t want = added;
	static char text[10000];

	for (size_t i = 0; i < n; i++) {
		size_t length;

		do
			want--;
		while ((who[want] & last_byte_mask) != (prefix->addr.b[15] & last_byte_mask) ||
		       (who[want] >> 8) != prefix->addr.b[14]);
		length = length_of(want) < LONGEST ? length_of(want) : LONGEST;
		fill(text, want);
		assert_int_equal(got[i].rule, want);
		assert_int_equal(got[i].text.n, length);
		assert_memory_equal(got[i].text.p, text, length);
	}
}

static void test_beside_a_list(void **state)
{
	static uint32_t who[ADDED];
	static char text[10000];
	struct seed seed = { 3, 4 };
	struct recent_lines *evidence = NULL;

	(void)state;
	assert_int_equal(recent_lines_new(&evidence, &seed), 0);
	for (uint32_t i = 0; i < ADDED; i++) {
		struct recent_line line = { .time = i, .rule = i, .text = { text, length_of(i) } };
		struct prefix one, many;

		who[i] = unit_below(CLIENTS);
		line.addr = client(who[i]);
		fill(text, i);
		recent_lines_add(evidence, &line);
		line.addr = client(unit_below(CLIENTS));
		one = prefix_of(&line.addr, 32, 128);
		many = prefix_of(&line.addr, 28, 128);
		check(evidence, who, i + 1, &one, 0xff);
		if (i % 50 == 0)
			check(evidence, who, i + 1, &many, 0xf0);
	}
	recent_lines_free(evidence);
}

/* The last lines of a client are there, however many others came in between, up to the ring's bounds. */
static void test_how_much_is_kept(void **state)
{
	struct recent_line line = {
		.text = span_of("a line of usual length, 200 bytes or so .............")
	};
	struct seed seed = { 5, 6 };
	struct recent_line got[4];
	struct recent_lines *evidence = NULL;
	struct prefix one;

	(void)state;
	assert_int_equal(recent_lines_new(&evidence, &seed), 0);
	line.addr = client(1);
	one = prefix_of(&line.addr, 32, 64);
	assert_int_equal(recent_lines_of(evidence, &one, got, 4), 0);
	recent_lines_add(evidence, &line);
	line.addr = client(2);
	for (int i = 0; i < RECENT_LINES_LINES - 1; i++)
		recent_lines_add(evidence, &line);
	assert_int_equal(recent_lines_of(evidence, &one, got, 4), 1);
	recent_lines_add(evidence, &line);
	assert_int_equal(recent_lines_of(evidence, &one, got, 4), 0);
	recent_lines_free(evidence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beside_a_list),
		cmocka_unit_test(test_how_much_is_kept),
	};

	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
