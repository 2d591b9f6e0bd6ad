/* SPDX-License-Identifier: MIT */
/* Bans beside a naive model: an array, searched for the first end. */
#include "unit.h"

#include "engine/bans.c"

enum { JAILS = 3, MODEL = 4096, BYTES = 20000 };

struct model {
	size_t n;
	struct ban bans[MODEL];
};

static struct prefix client(uint32_t n)
{
	struct addr addr = { .b = { [10] = 0xff,
				    [11] = 0xff,
				    [12] = 10,
				    [14] = (uint8_t)(n >> 8),
				    [15] = (uint8_t)n } };

	return prefix_of(&addr, 32, 64);
}

static struct ban *find(struct model *m, const struct prefix *prefix, uint32_t jail)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->bans[i].jail == jail && addr_equal(&m->bans[i].prefix.addr, &prefix->addr))
			return &m->bans[i];
	return NULL;
}

static int64_t first_end(const struct model *m)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < m->n; i++)
		if (m->bans[i].until < first)
			first = m->bans[i].until;
	return first;
}

/* What came out must have been the first to end; equal ends may come in any order. */
static void model_end(struct model *m, const struct ban *ended)
{
	struct ban *ban = find(m, &ended->prefix, ended->jail);

	assert_non_null(ban);
	assert_int_equal(ended->until, ban->until);
	assert_int_equal(ended->until, first_end(m));
	*ban = m->bans[--m->n];
}

static void put_in(struct model *m, const struct ban *ban)
{
	struct ban *there = find(m, &ban->prefix, ban->jail);

	if (!there)
		there = &m->bans[m->n++];
	*there = *ban;
}

static void remove_one(struct model *m, struct bans *bans, struct prefix prefix, uint32_t jail)
{
	struct ban *there = find(m, &prefix, jail);
	struct ban ended;

	assert_int_equal(bans_remove(bans, &prefix, jail, &ended), there != NULL);
	if (!there)
		return;
	assert_int_equal(ended.until, there->until);
	*there = m->bans[--m->n];
}

static void test_against_model(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	struct seed seed = { 1, 2 };
	struct bans *bans = NULL;
	struct ban ended;
	int64_t now = 0;

	(void)state;
	assert_int_equal(bans_new(&bans, JAILS, BYTES, &seed), 0);
	for (int i = 0; i < 40000; i++) {
		struct ban ban = { .prefix = client(unit_below(900)), .jail = unit_below(JAILS) };
		const struct ban *there;

		now += unit_below(3);
		while (bans_expire(bans, now, &ended))
			model_end(m, &ended);
		assert_true(first_end(m) > now);
		there = find(m, &ban.prefix, ban.jail);
		assert_int_equal(bans_in_force(bans, &ban.prefix, ban.jail, now), there != NULL);
		ban.since = now;
		ban.until = now + 1 + unit_below(400);
		if (bans_add(bans, &ban, &ended) > 0)
			model_end(m, &ended);
		put_in(m, &ban);
		if (unit_below(3) == 0)
			remove_one(m, bans, client(unit_below(900)), unit_below(JAILS));
		assert_int_equal(bans_count(bans), m->n);
		assert_true(bans_next(bans) == first_end(m));
		if (m->n > 0) {
			const struct ban *any = bans_at(bans, unit_below((uint32_t)m->n));

			assert_int_equal(find(m, &any->prefix, any->jail)->until, any->until);
			assert_true(bans_find(bans, &any->prefix, any->jail) == any);
		}
	}
	assert_true(bans_evicted(bans) > 100);
	bans_free(bans);
	free(m);
}

static void test_end_is_outside(void **state)
{
	struct seed seed = { 1, 2 };
	struct bans *bans = NULL;
	struct ban ban = { .prefix = client(1), .since = 10, .until = 20 }, ended;

	(void)state;
	assert_int_equal(bans_new(&bans, 1, BYTES, &seed), 0);
	assert_int_equal(bans_add(bans, &ban, &ended), 0);
	assert_true(bans_in_force(bans, &ban.prefix, 0, 19));
	assert_false(bans_in_force(bans, &ban.prefix, 0, 20));
	assert_int_equal(bans_expire(bans, 19, &ended), 0);
	assert_int_equal(bans_expire(bans, 20, &ended), 1);
	assert_int_equal(bans_count(bans), 0);
	bans_free(bans);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_model),
		cmocka_unit_test(test_end_is_outside),
	};

	unit_seed();
	return cmocka_run_group_tests_name("bans", tests, NULL, NULL);
}
