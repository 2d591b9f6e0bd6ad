/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "engine/client_stats.c"

static const struct seed seed = { 1, 2 };
static const struct rule rule = { .index = 1 };

static struct hit hit_of(const char *addr, int64_t time)
{
	struct hit hit = { .rule = &rule, .weight = 1, .time = time };

	assert_int_equal(addr_parse(addr, strlen(addr), &hit.addr), 0);
	return hit;
}

static void ban(struct client_stats *tally, const struct hit *hit)
{
	struct ban_event event = { .hit = hit };

	client_stats_ban(tally, &event);
}

static void test_cost(void **state)
{
	struct hit guilty = hit_of("192.0.2.1", 10), neighbour = hit_of("192.0.2.2", 20);
	struct hit honest = hit_of("198.51.100.1", 30);
	struct client_stats_client list[4];
	struct client_stats *tally;

	(void)state;
	assert_int_equal(client_stats_new(&tally, 2, 1, &seed), 0);
	client_stats_hit(tally, &guilty);
	client_stats_accepted(tally, &guilty, false);
	client_stats_accepted(tally, &neighbour, false);
	ban(tally, &guilty);
	ban(tally, &guilty);
	client_stats_accepted(tally, &neighbour, true); /* in a banned prefix */
	client_stats_accepted(tally, &neighbour, false);
	client_stats_accepted(tally, &honest, false);
	assert_int_equal(client_stats_clients(tally), 1);
	assert_int_equal(client_stats_banned_clients(tally), 1);
	assert_int_equal(client_stats_jail_bans(tally, 0), 2);
	assert_int_equal(client_stats_rule_hits(tally, 1), 1);
	assert_int_equal(client_stats_cost(tally).relays, 2);
	assert_int_equal(client_stats_cost(tally).delayed, 1);
	assert_int_equal(client_stats_collateral(tally, list, 4), 2);
	assert_int_equal(list[0].before, 1);
	assert_int_equal(list[0].during, 1);
	assert_int_equal(list[0].after, 1);
	assert_int_equal(list[1].bans, 2);
	assert_int_equal(list[1].before, 1);
	assert_int_equal(client_stats_top(tally, list, 4), 1);
	client_stats_free(tally);
}

/* An IPv6 client is its /64; when there are more than fit, those seen longest ago go and it says so. */
static void test_bounds(void **state)
{
	struct hit a = hit_of("2001:db8::1", 1), b = hit_of("2001:db8::ffff", 2);
	struct client_stats *tally;

	(void)state;
	assert_int_equal(client_stats_new(&tally, 2, 1, &seed), 0);
	client_stats_hit(tally, &a);
	client_stats_hit(tally, &b);
	assert_int_equal(client_stats_clients(tally), 1);
	assert_false(client_stats_overflowed(tally));
	for (uint32_t i = 0; i <= CLIENT_STATS_CLIENTS; i++) {
		a.addr.b[4] = (unsigned char)(i >> 16);
		a.addr.b[5] = (unsigned char)(i >> 8);
		a.addr.b[6] = (unsigned char)i;
		a.time++;
		client_stats_hit(tally, &a);
	}
	assert_true(client_stats_overflowed(tally));
	assert_int_equal(client_stats_clients(tally), CLIENT_STATS_CLIENTS + 1);
	client_stats_free(tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
