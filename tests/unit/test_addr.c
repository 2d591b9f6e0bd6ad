/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "util/addr.c"

#include "engine/ignore_ip.h"

static int parse(const char *text, struct addr *addr)
{
	return addr_parse(text, strlen(text), addr);
}

static void test_good(void **state)
{
	static const char *const pairs[][2] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "::ffff:192.0.2.7", "192.0.2.7" },
		{ "::ffff:c000:207", "192.0.2.7" },
		{ "2001:DB8:0:0::1", "2001:db8::1" },
		{ "IPv6:2001:db8::1", "2001:db8::1" },
		{ "fe80::1%eth0", "fe80::1" },
		{ "::", "::" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char buf[ADDR_TEXT];
		struct addr addr;

		assert_int_equal(parse(pairs[i][0], &addr), 0);
		assert_string_equal(addr_format(&addr, buf), pairs[i][1]);
	}
}

static void test_bad(void **state)
{
	static const char *const texts[] = {
		"",
		"1.2.3",
		"1.2.3.4.",
		"1.2.3.4.5",
		"256.1.1.1",
		"01.2.3.4",
		"1.2.3.4 ",
		" 1.2.3.4",
		"1..2.3",
		"1.2.3.x",
		":::",
		"1:2",
		"2001:db8::g",
		"%",
		"::ffff:1.2.3.256",
		"1234567890:1234567890:1234567890:1234567890:1234567890",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct addr addr;

		assert_int_equal(parse(texts[i], &addr), -EINVAL);
	}
}

static void test_prefixes(void **state)
{
	struct prefix p;
	struct addr addr;
	char buf[PREFIX_TEXT];

	(void)state;
	assert_int_equal(prefix_parse("192.0.2.0/24", 12, &p), PREFIX_OK);
	assert_int_equal(prefix_parse("192.0.2.1/24", 12, &p), PREFIX_HOST_BITS);
	assert_string_equal(prefix_format(&p, buf), "192.0.2.0/24");
	assert_int_equal(prefix_parse("192.0.2.0/33", 12, &p), -EINVAL);
	assert_int_equal(prefix_parse("192.0.2.0/", 10, &p), -EINVAL);
	assert_int_equal(prefix_parse("2001:db8::/32", 13, &p), PREFIX_OK);
	assert_int_equal(prefix_parse("2001:db8::1", 11, &p), PREFIX_OK);
	assert_int_equal(p.bits, 128);
	parse("2001:db8:1:2:3::4", &addr);
	p = prefix_of(&addr, 32, 64);
	assert_string_equal(prefix_format(&p, buf), "2001:db8:1:2::/64");
	parse("192.0.2.77", &addr);
	p = prefix_of(&addr, 24, 64);
	assert_string_equal(prefix_format(&p, buf), "192.0.2.0/24");
	addr = prefix_last(&p);
	assert_string_equal(addr_format(&addr, buf), "192.0.2.255");
}

static bool holds(const struct prefix *p, const struct addr *addr)
{
	struct addr first = prefix_first(p), last = prefix_last(p);

	return memcmp(addr->b, first.b, 16) >= 0 && memcmp(addr->b, last.b, 16) <= 0;
}

static struct addr random_addr(void)
{
	struct addr addr = { .b = { [10] = 0xff, [11] = 0xff, [12] = 10 } };

	addr.b[13] = (uint8_t)unit_below(2);
	addr.b[14] = (uint8_t)unit_below(4);
	addr.b[15] = (uint8_t)unit_below(256);
	return addr;
}

/* The sorted ranges beside a walk over all prefixes. */
static void test_ignore_like_a_walk(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		struct prefix prefixes[20];
		size_t n = unit_below(20);
		struct ignore_ip *ignore;

		for (size_t i = 0; i < n; i++) {
			struct addr addr = random_addr();

			prefixes[i] = prefix_of(&addr, 20 + unit_below(13), 64);
		}
		assert_int_equal(ignore_ip_new(&ignore, prefixes, n), 0);
		for (int k = 0; k < 200; k++) {
			struct addr addr = random_addr();
			struct prefix p = prefix_of(&addr, 20 + unit_below(13), 64);
			bool has = false, touches = false;

			for (size_t i = 0; i < n; i++) {
				struct addr first = prefix_first(&prefixes[i]);

				has = has || holds(&prefixes[i], &addr);
				touches = touches || holds(&p, &first) ||
					  holds(&prefixes[i], &p.addr);
			}
			assert_int_equal(ignore_ip_has(ignore, &addr), has);
			assert_int_equal(ignore_ip_touches(ignore, &p), touches);
		}
		ignore_ip_free(ignore);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_ignore_like_a_walk),
	};

	unit_seed();
	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
