/* SPDX-License-Identifier: MIT */
/* Bans that grow, fuses that blow, jails that wait, names that are ignored. */
#include "unit.h"

#include "engine/fairness.c"
#include "engine/ignore_host.h"

enum { HOUR = 3600 };

static const struct seed seed = { 3, 4 };

static struct prefix address(uint32_t n)
{
	struct addr addr = {
		.b = { [10] = 0xff, 0xff, 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n }
	};

	return prefix_of(&addr, 32, 64);
}

static void test_growth(void **state)
{
	struct jail jail = { .name = "j",
			     .rule = { .maxretry = 1, .findtime = 10 },
			     .bantime = 10,
			     .bantime_factor = 3,
			     .bantime_max = 100,
			     .bantime_decay = 1000 };
	struct fairness_options options = {
		.jails = &jail, .jails_n = 1, .sixteenth = 4096, .seed = &seed
	};
	struct prefix one = address(1), other = address(2);
	struct fairness fair = { 0 };

	(void)state;
	assert_int_equal(fairness_new(&fair, &options), 0);
	assert_int_equal(fairness_bantime(&fair, 0, &one, 5000, false), 10);
	assert_int_equal(fairness_bantime(&fair, 0, &one, 5100, true), 30);
	assert_int_equal(fairness_bantime(&fair, 0, &one, 5100, false), 30);
	assert_int_equal(fairness_bantime(&fair, 0, &one, 5200, false), 90);
	assert_int_equal(fairness_bantime(&fair, 0, &one, 5300, false), 100);
	assert_int_equal(fairness_bantime(&fair, 0, &one, 5500, false), 100);
	assert_int_equal(fairness_bantime(&fair, 0, &other, 5500, false), 10);
	/* the last one ended at 5600 */
	assert_int_equal(fairness_bantime(&fair, 0, &one, 6601, false), 10);
	assert_int_equal(fairness_bantime(&fair, 0, &one, 6700, false), 30);
	ban_history_forget(fair.history, &one, 0);
	assert_int_equal(fairness_bantime(&fair, 0, &one, 6800, false), 10);
	fairness_free(&fair);
	/* no growth, no table; and the greatest figures do not overflow */
	jail.bantime_factor = 1;
	assert_int_equal(fairness_sixteenths(&options), 0);
	jail = (struct jail){ .bantime = 1,
			      .bantime_factor = 100,
			      .bantime_max = INT64_MAX,
			      .bantime_decay = INT64_MAX };
	assert_int_equal(grown(&jail, 1000), INT64_MAX);
}

static void test_history_is_bounded(void **state)
{
	struct ban_history *history;

	(void)state;
	assert_int_equal(ban_history_new(&history, 1, 4096, &seed), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		struct prefix prefix = address(i);

		ban_history_add(history, &prefix, 0, 10 * i, 10 * i + 1, 100);
		ban_history_add(history, &prefix, 0, 10 * i, 10 * i + 1, 100);
		ban_history_add(history, &prefix, 0, 10 * i + 5, 10 * i + 6, 100);
	}
	for (uint32_t i = 0; i < 1000; i++) {
		struct prefix prefix = address(i);

		assert_int_equal(ban_history_bans(history, &prefix, 0, 10000, 100000),
				 i < ban_history_evicted(history) ? 0 : 2);
	}
	assert_in_range(ban_history_evicted(history), 900, 999);
	ban_history_free(history);
}

static void test_pressure(void **state)
{
	struct jail jail = { .when_busy = true, .busy_on = 60, .busy_off = 50 };
	struct fairness_options options = {
		.jails = &jail, .jails_n = 1, .sixteenth = 4096, .seed = &seed
	};
	static const struct {
		int percent;
		bool begins, acts;
	} steps[] = { { 55, false, false }, { 60, false, false }, { 61, true, true },
		      { 55, false, true },  { 50, false, true },  { 49, false, false },
		      { 55, false, false }, { 100, true, true },  { -1, false, false } };
	struct fairness fair;

	(void)state;
	assert_int_equal(fairness_new(&fair, &options), 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(fairness_set_load(&fair, 0, steps[i].percent), steps[i].begins);
		assert_int_equal(fair.busy[0], steps[i].acts);
	}
	fairness_free(&fair);
}

static struct fuse *make_fuse(struct fuse_rule rule)
{
	struct fuse *fuse;

	assert_int_equal(fuse_new(&fuse, &rule, 2), 0);
	return fuse;
}

static bool bans(struct fuse *fuse, uint32_t n, bool spared, int64_t now)
{
	struct prefix prefix = address(n);

	return fuse_ban(fuse, 1, &prefix.addr, spared, now);
}

static void test_fuse_of_spared(void **state)
{
	struct fuse *fuse =
		make_fuse((struct fuse_rule){ .spared = 3, .share = 10, .within = HOUR });
	struct fuse_state whole = { 0 };

	(void)state;
	/* the same client again is one; what is over an hour old is none */
	assert_false(bans(fuse, 1, true, 10000));
	assert_false(bans(fuse, 1, true, 10100));
	assert_false(bans(fuse, 2, true, 10200));
	assert_false(bans(fuse, 3, true, 10101 + HOUR));
	assert_true(bans(fuse, 4, true, 10102 + HOUR));
	assert_int_equal(fuse_state(fuse, 1)->why, FUSE_SPARED);
	assert_int_equal(fuse_state(fuse, 1)->spared, 3);
	assert_int_equal(fuse_state(fuse, 0)->why, FUSE_WHOLE);
	assert_false(bans(fuse, 5, true, 10103 + HOUR));
	/* in a wave they are a small share */
	fuse_set(fuse, 1, &whole);
	for (uint32_t i = 100; i < 200; i++)
		assert_false(bans(fuse, i, false, 50000 + i));
	for (uint32_t i = 1; i <= 10; i++)
		assert_false(bans(fuse, i, true, 51000));
	for (uint32_t i = 11; i <= 12; i++)
		bans(fuse, i, true, 51000);
	assert_int_equal(fuse_state(fuse, 1)->why, FUSE_SPARED);
	assert_in_range(fuse_state(fuse, 1)->spared, 11, 12);
	fuse_free(fuse);
}

static void test_fuse_of_rate(void **state)
{
	struct fuse *fuse =
		make_fuse((struct fuse_rule){ .rate = 20, .least = 50, .within = HOUR });
	int64_t now = 0;
	uint32_t n = 0;

	(void)state;
	/* nothing is usual in the first day */
	for (; n < 1000; n++)
		assert_false(bans(fuse, n, false, HOUR));
	for (now = 2 * HOUR; now < 1000 * HOUR; now += HOUR)
		for (int i = 0; i < 5; i++)
			assert_false(bans(fuse, n++, false, now + i));
	for (int i = 0; i < 101; i++)
		if (bans(fuse, n++, false, now + i))
			break;
	assert_int_equal(fuse_state(fuse, 1)->why, FUSE_RATE);
	assert_in_range(fuse_state(fuse, 1)->bans, 100, 102);
	fuse_free(fuse);
}

/* A reload to another span takes along what is known by time, not by numbers of spans. */
static void test_fuse_over_a_reload(void **state)
{
	static const uint32_t same[] = { 0, 1 };
	static const int64_t spans[] = { 24 * HOUR, HOUR, HOUR / 4 };
	struct fuse_rule rule = { .spared = 3, .share = 10, .within = HOUR };
	int64_t start = INT64_C(1795000000);
	struct fuse_state blown = { .why = FUSE_RATE, .since = 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		struct fuse *old = make_fuse(rule), *fuse;
		int64_t now = start;

		for (uint32_t n = 100; n < 200; n++)
			assert_false(bans(old, n, false, now));
		assert_false(bans(old, 1, true, now));
		fuse_set(old, 0, &blown);
		fuse = make_fuse(
			(struct fuse_rule){ .spared = 3, .share = 10, .within = spans[i] });
		fuse_copy(fuse, old, same);
		fuse_free(old);
		assert_int_equal(fuse_state(fuse, 0)->why, FUSE_RATE);
		/* a day later nothing of that counts, and three of three are too many */
		now += 25 * HOUR;
		assert_false(bans(fuse, 1, true, now));
		assert_false(bans(fuse, 2, true, now));
		assert_true(bans(fuse, 3, true, now));
		assert_int_equal(fuse_state(fuse, 1)->bans, 3);
		fuse_free(fuse);
	}
}

/* A client that was banned before the reload is one of them after it. */
static void test_fuse_remembers_clients(void **state)
{
	static const uint32_t same[] = { 0, 1 };
	struct fuse *old =
		make_fuse((struct fuse_rule){ .spared = 3, .share = 10, .within = HOUR });
	struct fuse *fuse =
		make_fuse((struct fuse_rule){ .spared = 3, .share = 10, .within = 2 * HOUR });

	(void)state;
	assert_false(bans(old, 1, true, 100 * HOUR));
	assert_false(bans(old, 2, true, 100 * HOUR));
	fuse_copy(fuse, old, same);
	assert_true(bans(fuse, 3, true, 100 * HOUR + 1));
	fuse_free(old);
	fuse_free(fuse);
}

static void test_hosts(void **state)
{
	static const char *const names[] = { ".google.com", "exact.example", NULL };
	static const struct {
		const char *host;
		bool has;
	} cases[] = { { "mail.google.com", true },
		      { "google.com", true },
		      { "MAIL.GOOGLE.COM.", true },
		      { "xgoogle.com", false },
		      { "google.com.evil.example", false },
		      { "com", false },
		      { "exact.example", true },
		      { "below.exact.example", false },
		      { "unknown", false },
		      { "", false },
		      { ".", false } };
	static const char *const bad[] = { "",	   ".",	   ".com",    "com",  "*.google.com",
					   "a..b", "a.b.", "a b.com", "-/x.y" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(ignore_host_have(names, span_of(cases[i].host)), cases[i].has);
	assert_false(ignore_host_have(NULL, span_of("a.b")));
	assert_true(ignore_host_valid(names[0]) && ignore_host_valid(names[1]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(ignore_host_valid(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_history_is_bounded),
		cmocka_unit_test(test_pressure),
		cmocka_unit_test(test_fuse_of_spared),
		cmocka_unit_test(test_fuse_of_rate),
		cmocka_unit_test(test_fuse_over_a_reload),
		cmocka_unit_test(test_fuse_remembers_clients),
		cmocka_unit_test(test_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
