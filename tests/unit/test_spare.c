/* SPDX-License-Identifier: MIT */
/* Who is spared, beside a model that keeps every mail; bounded memory; what is saved comes back. */
#include "unit.h"

#include "engine/spare.c"

enum { CLIENTS = 24, STEPS = 20000, WITHIN = 1000, LONG = 100 * WITHIN };

static const struct seed seed = { 1, 2 };
static const struct spare_rule rule = { .delivered = 3, .within = WITHIN, .factor = 10 };
static const struct spare_width widths[] = { { 24, 56 }, { 32, 64 }, { 24, 56 }, { 16, 64 } };

/* Twelve of IPv4 in two /24, twelve of IPv6 in three /56. */
static struct addr client(uint32_t n)
{
	char text[64];
	struct addr addr;

	if (n < 12)
		snprintf(text, sizeof(text), "192.0.%u.%u", 2 + n / 6, n % 6);
	else
		snprintf(text, sizeof(text), "2001:db8:0:%x0%x::%x", n % 3, n / 3, n);
	assert_int_equal(addr_parse(text, strlen(text), &addr), 0);
	return addr;
}

static struct spare *make_for(size_t bytes, int64_t within)
{
	struct spare_rule longer = { .delivered = 3, .within = within, .factor = 10 };
	struct spare *spare = NULL;

	assert_int_equal(spare_new(&spare, &longer, widths, 4, bytes, &seed), 0);
	return spare;
}

static struct spare *make(size_t bytes)
{
	return make_for(bytes, WITHIN);
}

struct model {
	int64_t times[CLIENTS][STEPS];
	uint32_t n[CLIENTS];
};

static int64_t model_until(const struct model *model, uint32_t c)
{
	return model->n[c] < 3 ? INT64_MIN : model->times[c][model->n[c] - 3] + WITHIN;
}

static void compare(const struct spare *spare, const struct model *model, int64_t now)
{
	for (uint32_t c = 0; c < CLIENTS; c++) {
		struct addr addr = client(c);
		struct prefix wide = prefix_of(&addr, 24, 56);
		bool holds = false;

		assert_int_equal(spare_is(spare, &addr, now), now <= model_until(model, c));
		for (uint32_t d = 0; d < CLIENTS; d++) {
			struct addr other = client(d);
			struct prefix around = prefix_of(&other, 24, 56);

			if (memcmp(&around, &wide, sizeof(wide)) == 0)
				holds |= now <= model_until(model, d);
		}
		assert_int_equal(spare_holds(spare, &wide, now), holds);
	}
}

static void test_model(void **state)
{
	struct model *model = calloc(1, sizeof(*model));
	struct spare *spare = make(65536);
	int64_t now = 5000;

	(void)state;
	unit_seed();
	assert_int_equal(spare->widths_n, 2);
	for (int i = 0; i < STEPS; i++) {
		uint32_t c = unit_below(CLIENTS);
		struct addr addr = client(c);
		bool was = now <= model_until(model, c), is;

		now += unit_below(unit_below(50) == 0 ? 2 * WITHIN : 60);
		was = now <= model_until(model, c);
		spare_expire(spare, now);
		is = spare_mail(spare, &addr, now);
		model->times[c][model->n[c]++] = now;
		assert_int_equal(is, !was && now <= model_until(model, c));
		if (i % 7 == 0)
			compare(spare, model, now + unit_below(WITHIN));
	}
	assert_int_equal(spare_evicted(spare), 0);
	spare_free(spare);
	free(model);
}

/* Saved whenever it is asked for, and restored: the same as never stopped, but for a hundredth of `within`. */
static void test_saved(void **state)
{
	struct spare *spare = make_for(65536, LONG), *again = make_for(65536, LONG);
	struct spare *copy = make_for(65536, LONG);
	static struct spare_client saved[CLIENTS + 1], one;
	int64_t now = 5000;
	size_t handed = 0;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		uint32_t c = unit_below(CLIENTS / 2) * 2;
		struct addr addr = client(c);

		spare_mail(spare, &addr, ++now);
		while (spare_unsaved(spare, &one)) {
			handed++;
			for (c = 0; c < CLIENTS; c++) {
				addr = client(c);
				struct prefix own = prefix_of(&addr, 32, 64);

				if (memcmp(&own.addr, &one.prefix.addr, sizeof(addr)) == 0)
					saved[c] = one;
			}
		}
	}
	assert_in_range(handed, CLIENTS / 2, 100);
	for (uint32_t c = 0; c < CLIENTS; c++)
		spare_restore(again, &saved[c]);
	spare_copy(copy, spare);
	for (uint32_t c = 0; c < CLIENTS; c++) {
		struct addr addr = client(c);
		struct spare_client x = { 0 }, y = { 0 }, z = { 0 };

		assert_int_equal(spare_look(spare, &addr, &x), c % 2 == 0);
		assert_int_equal(spare_look(again, &addr, &y), c % 2 == 0);
		assert_int_equal(spare_look(copy, &addr, &z), c % 2 == 0);
		assert_int_equal(x.until, z.until);
		assert_in_range(x.until - y.until, 0, LONG / REWRITE + 100);
		/* read again, nothing counts twice */
		if (y.n > 0)
			assert_false(spare_mail(again, &addr, y.times[y.n - 1]));
		assert_int_equal(spare_look(again, &addr, &z), c % 2 == 0);
		assert_int_equal(y.mails, z.mails * (c % 2 == 0));
	}
	spare_free(spare);
	spare_free(again);
	spare_free(copy);
}

/* What could not be saved is handed out again; a client that is forgotten is not. */
static void test_full(void **state)
{
	struct spare *spare = make(4096);
	uint32_t room = spare_capacity(spare);
	struct spare_client one = { 0 };
	struct addr addr;

	(void)state;
	for (uint32_t i = 0; i < 10 * room; i++) {
		addr = (struct addr){
			.b = { [10] = 0xff, 0xff, 10, 0, (uint8_t)(i >> 8), (uint8_t)i }
		};
		spare_mail(spare, &addr, 5000 + i);
		assert_true(spare_count(spare) <= room);
	}
	assert_int_equal(spare_evicted(spare), 9 * room);
	assert_int_equal(spare_unsaved(spare, &one), 1);
	spare_unsave(spare, &one.prefix);
	for (uint32_t i = 0; i < room; i++)
		assert_int_equal(spare_unsaved(spare, &one), 1);
	assert_int_equal(spare_unsaved(spare, &one), 0);
	spare_free(spare);
}

static void test_bounds(void **state)
{
	struct spare_rule none = { .delivered = 0, .within = 1 };
	struct spare *spare;

	(void)state;
	assert_int_equal(spare_new(&spare, &none, NULL, 0, 65536, &seed), -EINVAL);
	assert_int_equal(spare_new(&spare, &rule, NULL, 0, 64, &seed), -EINVAL);
	spare_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_saved),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
