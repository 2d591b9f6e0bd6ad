/* SPDX-License-Identifier: MIT */
/*
 * The window beside a naive model: an array of all hits, walked for every answer. The model knows the
 * two bounds (entries and chunks) and forgets by the rule in lru_table.h, and nothing else of the window.
 */
#include "unit.h"

#include "engine/window.c"

enum {
	JAILS = 5,
	MODEL_ENTRIES = 4096,
	MODEL_HITS = 128,
};

static const struct window_rule rules[JAILS] = {
	{ .maxretry = 1, .findtime = 1000 },	{ .maxretry = 5, .findtime = 500 },
	{ .maxretry = 8, .findtime = 3000 },	{ .maxretry = 9, .findtime = 100 },
	{ .maxretry = 100, .findtime = 20000 },
};

struct model_entry {
	bool used;
	struct prefix prefix;
	uint32_t jail, first; /* hits popped since the entry was made, for the chunks' borders */
	int64_t touched;
	uint64_t sequence; /* of the last touch */
	uint32_t n;
	int64_t hits[MODEL_HITS];
};

struct model {
	struct model_entry entries[MODEL_ENTRIES];
	uint32_t count, max_entries, max_chunks;
	uint64_t sequence, evicted;
};

static uint32_t chunks_of(const struct model_entry *e)
{
	return e->n == 0 ? 1 : (e->first % CHUNK_TIMES + e->n + CHUNK_TIMES - 1) / CHUNK_TIMES;
}

static uint32_t model_chunks(const struct model *m)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < MODEL_ENTRIES; i++)
		sum += m->entries[i].used ? chunks_of(&m->entries[i]) : 0;
	return sum;
}

static struct model_entry *model_find(struct model *m, const struct prefix *p, uint32_t jail)
{
	for (uint32_t i = 0; i < MODEL_ENTRIES; i++)
		if (m->entries[i].used && m->entries[i].jail == jail &&
		    memcmp(&m->entries[i].prefix, p, sizeof(*p)) == 0)
			return &m->entries[i];
	return NULL;
}

static void model_drop(struct model *m, struct model_entry *e)
{
	e->used = false;
	m->count--;
}

static bool is_older(const struct model_entry *a, const struct model_entry *b)
{
	if (a->touched != b->touched)
		return a->touched < b->touched;
	if (a->jail != b->jail)
		return a->jail < b->jail;
	return a->sequence < b->sequence;
}

static void model_evict(struct model *m, const struct model_entry *except, int64_t now)
{
	struct model_entry *oldest = NULL, *stale = NULL;

	for (uint32_t i = 0; i < MODEL_ENTRIES; i++) {
		struct model_entry *e = &m->entries[i];

		if (e->used && e != except && (!oldest || is_older(e, oldest)))
			oldest = e;
		/* the oldest of the first jail that has one */
		if (e->used && now - e->touched > rules[e->jail].findtime &&
		    (!stale || e->jail < stale->jail ||
		     (e->jail == stale->jail && is_older(e, stale))))
			stale = e;
	}
	model_drop(m, stale ? stale : oldest);
	m->evicted += !stale;
}

static struct model_entry *model_make(struct model *m, const struct prefix *p, uint32_t jail,
				      int64_t now)
{
	struct model_entry *e = m->entries;

	if (m->count == m->max_entries)
		model_evict(m, NULL, now);
	if (model_chunks(m) == m->max_chunks)
		model_evict(m, NULL, now);
	while (e->used)
		e++;
	*e = (struct model_entry){ .used = true, .prefix = *p, .jail = jail };
	m->count++;
	return e;
}

static void model_pop(struct model_entry *e)
{
	memmove(e->hits, e->hits + 1, (e->n - 1) * sizeof(e->hits[0]));
	e->n--;
	e->first++;
}

static void model_push(struct model *m, struct model_entry *e, int64_t now)
{
	if (e->n == 0)
		e->first = 0;
	else if ((e->first % CHUNK_TIMES + e->n) % CHUNK_TIMES == 0 &&
		 model_chunks(m) == m->max_chunks)
		model_evict(m, e, now);
	e->hits[e->n++] = now;
}

static struct window_count model_hit(struct model *m, const struct prefix *p, uint32_t jail,
				     uint32_t weight, int64_t now)
{
	struct model_entry *e = model_find(m, p, jail);

	if (!e)
		e = model_make(m, p, jail, now);
	e->touched = now;
	e->sequence = ++m->sequence;
	while (e->n > 0 && now - e->hits[0] > rules[jail].findtime)
		model_pop(e);
	for (uint32_t i = 0; i < weight && i < rules[jail].maxretry; i++) {
		if (e->n == rules[jail].maxretry)
			model_pop(e);
		model_push(m, e, now);
	}
	return (struct window_count){ .hits = e->n, .oldest = e->hits[0] };
}

static void model_expire(struct model *m, int64_t now)
{
	for (uint32_t i = 0; i < MODEL_ENTRIES; i++) {
		struct model_entry *e = &m->entries[i];

		if (e->used && now - e->touched > rules[e->jail].findtime)
			model_drop(m, e);
	}
}

static struct prefix client(uint32_t n)
{
	struct addr addr = { .b = { [10] = 0xff,
				    [11] = 0xff,
				    [12] = 10,
				    [13] = (uint8_t)(n >> 16),
				    [14] = (uint8_t)(n >> 8),
				    [15] = (uint8_t)n } };

	return prefix_of(&addr, 32, 64);
}

/* As the engine does where nobody is spared. */
static struct window_count hit_it(struct window *window, const struct prefix *prefix, uint32_t jail,
				  uint32_t weight, int64_t now)
{
	struct window_add add = { .weight = weight, .keep = window->rules[jail].maxretry };

	return window_add(window, prefix, jail, &add, now);
}

static void run_against_model(uint32_t clients, uint32_t steps, uint32_t pace)
{
	struct seed seed = { unit_random(), unit_random() };
	struct model *m = calloc(1, sizeof(*m));
	struct window *window;
	int64_t now = 1000000;

	assert_non_null(m);
	capacities(WINDOW_LEAST_BYTES, &m->max_entries, &m->max_chunks);
	assert_true(m->max_entries < MODEL_ENTRIES);
	assert_int_equal(window_new(&window, rules, JAILS, WINDOW_LEAST_BYTES, &seed), 0);
	for (uint32_t i = 0; i < steps; i++) {
		struct prefix p = client(unit_below(clients));
		uint32_t jail = unit_below(JAILS),
			 weight = unit_below(16) ? 1 : 1 + unit_below(120);
		struct window_count got, want, looked;

		now += unit_below(pace);
		want = model_hit(m, &p, jail, weight, now);
		got = hit_it(window, &p, jail, weight, now);
		looked = window_look(window, &p, jail, now);
		assert_int_equal(looked.hits, got.hits);
		assert_int_equal(looked.oldest, got.oldest);
		assert_int_equal(got.hits, want.hits);
		assert_int_equal(got.oldest, want.oldest);
		if (got.hits == rules[jail].maxretry) {
			window_empty(window, &p, jail);
			model_drop(m, model_find(m, &p, jail));
		}
		if (unit_below(50) == 0) {
			while (window_expire(window, now))
				;
			model_expire(m, now);
		}
		assert_int_equal(window_clients(window), m->count);
		assert_int_equal(window_evicted(window), m->evicted);
	}
	assert_true(clients < 100 || m->evicted > 0);
	window_free(window);
	free(m);
}

static void test_few_clients(void **state)
{
	(void)state;
	run_against_model(40, 20000, 30);
}

static void test_flood(void **state)
{
	(void)state;
	run_against_model(5000, 6000, 3);
}

static struct prefix stranger(uint32_t n)
{
	struct prefix p = { .bits = 128 };

	p.addr.b[10] = p.addr.b[11] = 0xff;
	memcpy(p.addr.b + 12, &n, 4);
	return p;
}

/* So many others, each once or more, the others in an order of their own. */
static void others_hit(struct window *window, uint32_t n, uint32_t times, int64_t *now)
{
	for (uint32_t i = 0; i < n * times; i++) {
		struct prefix p = stranger(1 + i % n);

		hit_it(window, &p, i % n % 2, 1, ++*now);
	}
}

/*
 * "A client is forgotten between two of its hits only if, since the first of them, as many others have hit as there is room
 * for": with one less it is remembered; with that many it is gone, and said to be. (Who hits more than eight times may take the
 * room of two: here some do, and the pool of chunks has as much to spare.)
 */
static void test_who_can_be_forgotten(void **state)
{
	static const struct window_rule two[] = { { .maxretry = 5, .findtime = 1000000 },
						  { .maxretry = 8, .findtime = 2000000 } };
	struct prefix offender = stranger(0);

	(void)state;
	unit_seed();
	for (int over = 0; over < 2; over++) {
		struct seed seed = { unit_random(), unit_random() };
		struct window *window;
		int64_t now = 0;
		uint32_t room;

		assert_int_equal(window_new(&window, two, 2, 300000, &seed), 0);
		room = window_capacity(window);
		for (uint32_t hit = 1; hit <= 5; hit++) {
			struct window_count count = hit_it(window, &offender, 0, 1, ++now);

			assert_int_equal(count.hits, over ? 1 : hit);
			others_hit(window, over ? room : room - 1, 1, &now);
			others_hit(window, over ? 0 : 100, 3, &now);
		}
		assert_int_equal(window_evicted(window) > 0, over);
		window_free(window);
	}
}

/* Whose hits are all too old makes room first: no other is forgotten, whichever jail's turn it was to be the oldest. */
static void test_stale_go_first(void **state)
{
	static const struct window_rule two[] = { { .maxretry = 5, .findtime = 1000000 },
						  { .maxretry = 5, .findtime = 10 } };
	struct prefix patient = stranger(0);
	struct seed seed = { 1, 2 };
	struct window *window;
	uint32_t room;

	(void)state;
	assert_int_equal(window_new(&window, two, 2, WINDOW_LEAST_BYTES, &seed), 0);
	room = window_capacity(window);
	hit_it(window, &patient, 0, 1, 0);
	for (uint32_t i = 1; i < 4 * room; i++) {
		struct prefix p = stranger(i);

		hit_it(window, &p, 1, 1, i);
	}
	assert_int_equal(hit_it(window, &patient, 0, 1, 4 * room).hits, 2);
	assert_int_equal(window_evicted(window), 0);
	/* however many there are, a call of window_expire() lets go of so many only */
	while (window_clients(window) > 1) {
		uint32_t before = window_clients(window);
		bool more = window_expire(window, 5 * room);

		assert_true(before - window_clients(window) <= WINDOW_EXPIRE);
		assert_true(more || window_clients(window) == 1);
	}
	window_free(window);
}

static void test_many_at_one_time(void **state)
{
	(void)state;
	run_against_model(700, 6000, 2);
}

static void test_edge_of_findtime(void **state)
{
	struct window_rule rule = { .maxretry = 2, .findtime = 100 };
	struct prefix p = client(1);
	struct seed seed = { 1, 2 };
	struct window *window;

	(void)state;
	assert_int_equal(window_new(&window, &rule, 1, WINDOW_LEAST_BYTES, &seed), 0);
	assert_int_equal(hit_it(window, &p, 0, 1, 1000).hits, 1);
	assert_int_equal(hit_it(window, &p, 0, 1, 1100).hits, 2);
	assert_int_equal(hit_it(window, &p, 0, 1, 1201).hits, 1);
	window_free(window);
}

static void test_too_small_for_maxretry(void **state)
{
	struct window_rule rule = { .maxretry = WINDOW_MAXRETRY, .findtime = 100 };
	struct seed seed = { 1, 2 };
	struct window *window;

	(void)state;
	assert_int_equal(window_new(&window, &rule, 1, WINDOW_LEAST_BYTES, &seed), -EINVAL);
	assert_int_equal(window_new(&window, &rule, 1, WINDOW_LEAST_BYTES - 1, &seed), -EINVAL);
}

enum { VALUES = 30, NAMED = 40 };

/* Of one client: each value once, at its last time; those without a value (0) each. */
struct distinct_model {
	uint32_t n;
	struct {
		uint64_t value;
		int64_t time;
	} hits[NAMED];
};

static void distinct_drop(struct distinct_model *m, uint32_t i)
{
	memmove(&m->hits[i], &m->hits[i + 1], (m->n - i - 1) * sizeof(m->hits[0]));
	m->n--;
}

static void distinct_hit(struct distinct_model *m, const struct window_rule *rule,
			 const struct window_add *add, int64_t now)
{
	uint32_t weight = add->value ? 1 : add->weight;

	while (m->n > 0 && now - m->hits[0].time > rule->findtime)
		distinct_drop(m, 0);
	while (m->n > add->keep)
		distinct_drop(m, 0);
	for (uint32_t i = 0; add->value && i < m->n; i++)
		if (m->hits[i].value == add->value)
			distinct_drop(m, i--);
	for (; weight > 0; weight--) {
		if (m->n == add->keep)
			distinct_drop(m, 0);
		m->hits[m->n].value = add->value;
		m->hits[m->n++].time = now;
	}
}

static void test_distinct(void **state)
{
	static struct distinct_model models[3];
	static const uint32_t map[] = { 0 };
	struct window_rule rule = { .maxretry = 7, .findtime = 900, .most = 30, .distinct = true };
	struct seed seed = { 1, 2 };
	struct window *window, *copy;
	int64_t now = 5000;

	(void)state;
	unit_seed();
	assert_int_equal(window_new(&window, &rule, 1, WINDOW_LEAST_BYTES, &seed), 0);
	for (int i = 0; i < 30000; i++) {
		uint32_t c = unit_below(3);
		struct prefix p = client(c);
		struct window_add add = { .weight = 1 + unit_below(3),
					  .keep = unit_below(40) ? 7 : 30,
					  .value = unit_below(VALUES) };
		struct window_count got;

		now += unit_below(unit_below(100) ? 40 : 1000);
		got = window_add(window, &p, 0, &add, now);
		distinct_hit(&models[c], &rule, &add, now);
		assert_int_equal(got.hits, models[c].n);
		assert_int_equal(got.oldest, models[c].hits[0].time);
		got = window_look(window, &p, 0, now);
		assert_int_equal(got.hits, models[c].n);
	}
	/* a copy goes on alike */
	assert_int_equal(window_new(&copy, &rule, 1, WINDOW_LEAST_BYTES, &seed), 0);
	window_copy(copy, window, map);
	for (uint32_t c = 0; c < 3; c++) {
		struct prefix p = client(c);
		struct window_add add = { .weight = 1, .keep = 30, .value = 3 };
		struct window_count x = window_add(window, &p, 0, &add, now),
				    y = window_add(copy, &p, 0, &add, now);

		assert_int_equal(x.hits, y.hits);
		assert_int_equal(x.oldest, y.oldest);
	}
	window_free(window);
	window_free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_clients),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_many_at_one_time),
		cmocka_unit_test(test_who_can_be_forgotten),
		cmocka_unit_test(test_stale_go_first),
		cmocka_unit_test(test_edge_of_findtime),
		cmocka_unit_test(test_distinct),
		cmocka_unit_test(test_too_small_for_maxretry),
	};

	unit_seed();
	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
