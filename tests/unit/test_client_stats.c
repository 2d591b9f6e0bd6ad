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

static void ban(struct client_stats *stats, const struct hit *hit)
{
	struct ban_event event = { .hit = hit };

	client_stats_ban(stats, &event);
}

static void test_cost(void **state)
{
	struct hit guilty = hit_of("192.0.2.1", 10), neighbour = hit_of("192.0.2.2", 20);
	struct hit honest = hit_of("198.51.100.1", 30);
	struct client_stats_client list[4];
	struct client_stats *stats;

	(void)state;
	assert_int_equal(client_stats_new(&stats, 2, 1, &seed), 0);
	client_stats_hit(stats, &guilty);
	client_stats_accepted(stats, &guilty, false);
	client_stats_accepted(stats, &neighbour, false);
	ban(stats, &guilty);
	ban(stats, &guilty);
	client_stats_accepted(stats, &neighbour, true); /* in a banned prefix */
	client_stats_accepted(stats, &neighbour, false);
	client_stats_accepted(stats, &honest, false);
	assert_int_equal(client_stats_clients(stats), 1);
	assert_int_equal(client_stats_banned_clients(stats), 1);
	assert_int_equal(client_stats_jail_bans(stats, 0), 2);
	assert_int_equal(client_stats_rule_hits(stats, 1), 1);
	assert_int_equal(client_stats_cost(stats).relays, 2);
	assert_int_equal(client_stats_cost(stats).delayed, 1);
	assert_int_equal(client_stats_collateral(stats, list, 4), 2);
	assert_int_equal(list[0].before, 1);
	assert_int_equal(list[0].during, 1);
	assert_int_equal(list[0].after, 1);
	assert_int_equal(list[1].bans, 2);
	assert_int_equal(list[1].before, 1);
	assert_int_equal(client_stats_top(stats, list, 4), 1);
	client_stats_free(stats);
}

/* An IPv6 client is its /64; when there are more than fit, those seen longest ago go and it says so. */
static void test_bounds(void **state)
{
	struct hit a = hit_of("2001:db8::1", 1), b = hit_of("2001:db8::ffff", 2);
	struct client_stats *stats;

	(void)state;
	assert_int_equal(client_stats_new(&stats, 2, 1, &seed), 0);
	client_stats_hit(stats, &a);
	client_stats_hit(stats, &b);
	assert_int_equal(client_stats_clients(stats), 1);
	assert_false(client_stats_overflowed(stats));
	for (uint32_t i = 0; i <= CLIENT_STATS_CLIENTS; i++) {
		a.addr.b[4] = (unsigned char)(i >> 16);
		a.addr.b[5] = (unsigned char)(i >> 8);
		a.addr.b[6] = (unsigned char)i;
		a.time++;
		client_stats_hit(stats, &a);
	}
	assert_true(client_stats_overflowed(stats));
	assert_int_equal(client_stats_clients(stats), CLIENT_STATS_CLIENTS + 1);
	client_stats_free(stats);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
