/* SPDX-License-Identifier: MIT */
/*
 * block_list on a fake kernel ("paper") that behaves like xt_recent: a capacity, eviction of the entry that was written
 * longest ago, lists that are deleted and created again, foreign entries.
 */
#include "unit.h"

#include "enforce/block_list.c"

#include <string.h>
#include <syslog.h>

#include "util/units.h"

#define SECOND UNITS_SECOND

enum { CAPACITY = 10, ROOM = 512, SECONDS = 600, CLIENTS = 40 };

struct paper_entry {
	struct prefix prefix;
	int64_t stamp, left;
	bool foreign;
};

struct paper {
	struct paper_entry list[BLOCKER_FAMILIES][ROOM];
	size_t n[BLOCKER_FAMILIES];
	int error[BLOCKER_FAMILIES]; /* of open(), add() and del() */
	unsigned generation[BLOCKER_FAMILIES], opened[BLOCKER_FAMILIES];
	int64_t now;
	uint32_t capacity;
	unsigned opens, adds, dels, notes, refuse_last_byte;
	char note[BLOCKER_ERROR];
	enum block_list_state state[CLIENTS + 1]; /* by the last byte of an IPv4 address */
};

static struct paper paper;

static struct paper_entry *paper_find(enum blocker_family family, const struct prefix *prefix)
{
	for (size_t i = 0; i < paper.n[family]; i++)
		if (addr_equal(&paper.list[family][i].prefix.addr, &prefix->addr))
			return &paper.list[family][i];
	return NULL;
}

static void paper_drop(enum blocker_family family, struct paper_entry *entry)
{
	*entry = paper.list[family][--paper.n[family]];
}

static void paper_write(enum blocker_family family, const struct prefix *prefix, int64_t left,
			bool foreign)
{
	struct paper_entry *entry = paper_find(family, prefix), *oldest = paper.list[family];

	if (!entry && paper.capacity && paper.n[family] == paper.capacity) {
		for (size_t i = 0; i < paper.n[family]; i++)
			if (paper.list[family][i].stamp < oldest->stamp)
				oldest = &paper.list[family][i];
		paper_drop(family, oldest);
	}
	if (!entry) {
		assert_true(paper.n[family] < ROOM);
		entry = &paper.list[family][paper.n[family]++];
	}
	*entry = (struct paper_entry){ *prefix, paper.now, left, foreign };
}

static int paper_open(struct blocker *blocker, enum blocker_family family)
{
	paper.opens++;
	blocker->capacity[family] = paper.capacity;
	if (paper.error[family]) {
		snprintf(blocker->error, sizeof(blocker->error), "missing");
		return paper.error[family];
	}
	if (paper.opened[family] == paper.generation[family])
		return 0;
	paper.opened[family] = paper.generation[family];
	return BLOCKER_NEW_LIST;
}

static int paper_result(enum blocker_family family, const struct blocker_entry *entry)
{
	if (paper.error[family] || paper.opened[family] != paper.generation[family])
		return -EIO;
	return paper.refuse_last_byte && entry->prefix.addr.b[15] == paper.refuse_last_byte
		       ? -EINVAL
		       : 0;
}

static void paper_add(struct blocker *blocker, enum blocker_family family,
		      struct blocker_entry *entries, size_t n)
{
	(void)blocker;
	assert_true(n >= 1 && n <= BLOCKER_BATCH);
	for (size_t i = 0; i < n; i++) {
		assert_true(entries[i].left > 0);
		entries[i].result = paper_result(family, &entries[i]);
		if (entries[i].result == 0)
			paper_write(family, &entries[i].prefix, entries[i].left, false);
		paper.adds++;
	}
}

static void paper_del(struct blocker *blocker, enum blocker_family family,
		      struct blocker_entry *entries, size_t n)
{
	(void)blocker;
	for (size_t i = 0; i < n; i++) {
		struct paper_entry *entry = paper_find(family, &entries[i].prefix);

		paper.dels++;
		entries[i].result = paper_result(family, &entries[i]);
		if (entries[i].result < 0 || !entry)
			continue;
		assert_false(entry->foreign); /* only what we wrote is removed */
		paper_drop(family, entry);
	}
}

static int paper_reconcile(struct blocker *blocker, enum blocker_family family,
			   void (*seen)(void *context, const struct prefix *prefix), void *context)
{
	(void)blocker;
	if (paper.error[family])
		return paper.error[family];
	for (size_t i = 0; i < paper.n[family]; i++)
		seen(context, &paper.list[family][i].prefix);
	return 0;
}

static void paper_close(struct blocker *blocker)
{
	(void)blocker;
}

static const struct blocker_ops paper_ops = {
	.name = "paper",
	.open = paper_open,
	.add = paper_add,
	.del = paper_del,
	.reconcile = paper_reconcile,
	.close = paper_close,
};

static const struct blocker_ops expiring_ops = {
	.name = "expiring",
	.caps = BLOCKER_EXPIRES,
	.open = paper_open,
	.add = paper_add,
	.del = paper_del,
	.reconcile = paper_reconcile,
	.close = paper_close,
};

static void changed(void *context, const struct prefix *prefix, enum block_list_state state)
{
	(void)context;
	if (addr_is_v4(&prefix->addr) && prefix->addr.b[15] <= CLIENTS)
		paper.state[prefix->addr.b[15]] = state;
}

static void noted(void *context, int priority, const char *text)
{
	(void)context;
	(void)priority;
	paper.notes++;
	snprintf(paper.note, sizeof(paper.note), "%s", text);
}

static struct blocker_conf conf = {
	.list = (char[]){ "list" },
	.list6 = (char[]){ "list6" },
	.seconds = SECONDS * SECOND,
	.prefix4 = 32,
	.prefix6 = 64,
};
static struct blocker blocker;

static struct block_list *begin(const struct blocker_ops *ops, uint32_t capacity, uint32_t max)
{
	static const struct seed seed = { 1, 2 };
	static const struct block_list_callbacks callbacks = { .changed = changed, .note = noted };
	struct block_list *list = NULL;

	paper = (struct paper){ .capacity = capacity,
				.generation = { 1, 1 },
				.now = 1000 * SECOND };
	blocker = (struct blocker){ .ops = ops, .conf = &conf };
	assert_int_equal(block_list_new(&list, &blocker, max, &seed, &callbacks), 0);
	assert_int_equal(block_list_start(list, paper.now), 0);
	return list;
}

static struct addr client(unsigned i)
{
	struct addr addr = { .b = { [10] = 0xff, [11] = 0xff, 192, 0, 2, (uint8_t)i } };

	return addr;
}

static int add(struct block_list *list, unsigned i, uint32_t reason, int64_t seconds)
{
	struct addr addr = client(i);

	return block_list_add(list, &addr, reason, paper.now + seconds * SECOND, paper.now);
}

static int finish(struct block_list *list, unsigned i, uint32_t reason)
{
	struct addr addr = client(i);

	return block_list_end(list, &addr, reason, paper.now);
}

static enum block_list_state state(const struct block_list *list, unsigned i)
{
	struct addr addr = client(i);

	return block_list_ask(list, &addr, NULL);
}

static const struct paper_entry *in_kernel(unsigned i)
{
	struct addr addr = client(i);
	struct prefix prefix = prefix_of(&addr, 32, 64);

	return paper_find(BLOCKER_V4, &prefix);
}

/* Runs the list whenever it is due, up to that time. Returns how often. */
static unsigned run_until(struct block_list *list, int64_t until)
{
	unsigned n = 1;
	int64_t next = block_list_run(list, paper.now);

	for (; next <= until; n++) {
		assert_true(next > paper.now);
		paper.now = next;
		next = block_list_run(list, paper.now);
	}
	paper.now = until;
	return n;
}

static void test_reasons(void **unused)
{
	struct block_list *list = begin(&paper_ops, CAPACITY, 100);
	struct addr addr = client(1);
	uint32_t reasons;

	(void)unused;
	assert_int_equal(add(list, 1, 0, 60), 0);
	assert_int_equal(state(list, 1), BLOCK_LIST_PENDING);
	assert_null(in_kernel(1)); /* decide, then act */
	assert_int_equal(add(list, 1, 7, 90), 0);
	block_list_run(list, paper.now);
	assert_int_equal(block_list_ask(list, &addr, &reasons), BLOCK_LIST_HELD);
	assert_int_equal(reasons, 2);
	assert_int_equal(paper.state[1], BLOCK_LIST_HELD);
	assert_int_equal(paper.adds, 1);
	assert_int_equal(finish(list, 1, 0), 0);
	assert_int_equal(finish(list, 1, 0), -ENOENT);
	assert_int_equal(paper.dels, 0);
	assert_int_equal(finish(list, 1, 7), 0);
	assert_int_equal(paper.dels, 1);
	assert_null(in_kernel(1));
	assert_int_equal(state(list, 1), BLOCK_LIST_NONE);
	assert_int_equal(paper.state[1], BLOCK_LIST_NONE);
	assert_int_equal(finish(list, 1, 7), -ENOENT);
	assert_int_equal(add(list, 1, 0, 0), -EINVAL);
	assert_int_equal(add(list, 1, 64, 10), -EINVAL);
	block_list_free(list);
}

/* An IPv6 client is its /64, and IPv4 and IPv6 have a list each. */
static void test_families(void **unused)
{
	struct block_list *list = begin(&paper_ops, CAPACITY, 100);
	struct addr a = { .b = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, [15] = 9 } }, b = a;
	uint32_t reasons;

	(void)unused;
	b.b[15] = 10;
	block_list_add(list, &a, 0, paper.now + 60 * SECOND, paper.now);
	block_list_add(list, &b, 1, paper.now + 60 * SECOND, paper.now);
	block_list_run(list, paper.now);
	assert_int_equal(paper.n[BLOCKER_V4], 0);
	assert_int_equal(paper.n[BLOCKER_V6], 1);
	assert_int_equal(paper.list[BLOCKER_V6][0].prefix.addr.b[15], 0);
	assert_int_equal(block_list_ask(list, &b, &reasons), BLOCK_LIST_HELD);
	assert_int_equal(reasons, 2);
	block_list_free(list);
}

static void test_ends(void **unused)
{
	struct block_list *list = begin(&paper_ops, CAPACITY, 100);
	int64_t start = paper.now;

	(void)unused;
	add(list, 1, 0, 60);
	add(list, 2, 0, 2000);
	run_until(list, start + 60 * SECOND - 1);
	assert_non_null(in_kernel(1));
	run_until(list, start + 60 * SECOND);
	assert_null(in_kernel(1)); /* shorter than the rule's seconds: removed at its end */
	assert_int_equal(block_list_counts(list).renewed, 0);
	run_until(list, start + 300 * SECOND);
	assert_int_equal(block_list_counts(list).renewed, 1); /* at half the rule's seconds */
	/* the last renewal is at 1500 s: from there the rule's 600 s reach to the end */
	run_until(list, start + 2000 * SECOND - 1);
	assert_int_equal(block_list_counts(list).renewed, 5);
	assert_non_null(in_kernel(2));
	run_until(list, start + 2000 * SECOND);
	assert_null(in_kernel(2));
	block_list_free(list);
}

/* A kernel that ends entries by itself is only sent early ends and longer bans. */
static void test_expires(void **unused)
{
	struct block_list *list = begin(&expiring_ops, 0, 100);
	int64_t start = paper.now;

	(void)unused;
	add(list, 1, 0, 60);
	add(list, 2, 0, 5000);
	add(list, 3, 0, 60);
	block_list_run(list, paper.now);
	assert_true(in_kernel(2)->left == 5000 * SECOND);
	finish(list, 3, 0);
	assert_int_equal(paper.dels, 1);
	run_until(list, start + 60 * SECOND);
	assert_int_equal(paper.dels, 1);
	assert_int_equal(state(list, 1), BLOCK_LIST_NONE);
	add(list, 2, 0, 9000);
	block_list_run(list, paper.now);
	assert_true(in_kernel(2)->left == 9000 * SECOND);
	assert_int_equal(block_list_counts(list).renewed, 1);
	block_list_free(list);
}

static void test_capacity(void **unused)
{
	struct block_list *list = begin(&paper_ops, CAPACITY, 100);
	struct block_list_counts counts;

	(void)unused;
	for (unsigned i = 1; i <= 2 * CAPACITY; i++) {
		add(list, i, 0, 60);
		block_list_run(list, paper.now++);
	}
	for (unsigned i = 1; i <= 2 * CAPACITY; i++) {
		assert_int_equal(state(list, i),
				 i <= CAPACITY ? BLOCK_LIST_WAITING : BLOCK_LIST_HELD);
		assert_int_equal(paper.state[i], state(list, i));
		assert_int_equal(in_kernel(i) != NULL, i > CAPACITY);
	}
	counts = block_list_counts(list);
	assert_int_equal(counts.displaced, CAPACITY);
	assert_int_equal(counts.waiting[BLOCKER_V4], CAPACITY);
	finish(list, 15, 0);
	block_list_run(list, paper.now);
	assert_int_equal(state(list, CAPACITY),
			 BLOCK_LIST_HELD); /* the newest of those that waited */
	/* ...and is the first to go again */
	add(list, 30, 0, 60);
	block_list_run(list, paper.now);
	assert_int_equal(state(list, CAPACITY), BLOCK_LIST_WAITING);
	/* more at once than the list holds */
	for (unsigned i = 1; i <= 2 * CAPACITY; i++)
		add(list, i, 1, 60);
	block_list_run(list, paper.now);
	assert_int_equal(block_list_counts(list).held[BLOCKER_V4], CAPACITY);
	assert_int_equal(state(list, 2 * CAPACITY), BLOCK_LIST_HELD);
	block_list_free(list);
}

/* What the kernel dropped is written into free places, and a reconciliation without a change writes nothing. */
static void test_lost(void **unused)
{
	struct block_list *list = begin(&paper_ops, CAPACITY, 100);
	struct addr stranger = client(99);
	struct prefix prefix = prefix_of(&stranger, 32, 64);
	unsigned adds;

	(void)unused;
	for (unsigned i = 1; i <= CAPACITY; i++)
		add(list, i, 0, 500);
	block_list_run(list, paper.now);
	paper.now += SECOND;
	paper_write(BLOCKER_V4, &prefix, 0, true); /* foreign: one of ours is evicted */
	run_until(list, paper.now + 60 * SECOND);
	assert_int_equal(block_list_counts(list).lost, 1);
	assert_int_equal(block_list_counts(list).others[BLOCKER_V4], 1);
	assert_int_equal(block_list_counts(list).held[BLOCKER_V4], CAPACITY - 1);
	adds = paper.adds;
	run_until(list, paper.now + 200 * SECOND);
	assert_int_equal(paper.adds, adds);
	paper_drop(BLOCKER_V4, paper_find(BLOCKER_V4, &prefix));
	run_until(list, paper.now + 60 * SECOND);
	assert_int_equal(block_list_counts(list).held[BLOCKER_V4], CAPACITY);
	block_list_free(list);
}

/* A list full of foreign entries, or of an earlier run: new bans are written nevertheless. */
static void test_full_of_others(void **unused)
{
	struct block_list *list = begin(&paper_ops, CAPACITY, 100);

	(void)unused;
	for (unsigned i = 100; i < 100 + CAPACITY; i++) {
		struct addr addr = client(i);
		struct prefix prefix = prefix_of(&addr, 32, 64);

		paper_write(BLOCKER_V4, &prefix, 0, true);
	}
	run_until(list, paper.now + 60 * SECOND);
	assert_int_equal(block_list_counts(list).others[BLOCKER_V4], CAPACITY);
	for (unsigned i = 1; i <= 3; i++)
		add(list, i, 0, 500);
	run_until(list, paper.now + 60 * SECOND);
	for (unsigned i = 1; i <= 3; i++)
		assert_non_null(in_kernel(i));
	assert_int_equal(block_list_counts(list).others[BLOCKER_V4], CAPACITY - 3);
	assert_int_equal(block_list_counts(list).held[BLOCKER_V4], 3);
	block_list_free(list);
}

static void test_rebuilt(void **unused)
{
	struct block_list *list = begin(&paper_ops, CAPACITY, 100);
	int64_t next;

	(void)unused;
	for (unsigned i = 1; i <= 5; i++)
		add(list, i, 0, 500);
	block_list_run(list, paper.now);
	paper.n[BLOCKER_V4] = 0;
	paper.generation[BLOCKER_V4]++;
	paper.error[BLOCKER_V4] = -ENOENT;
	add(list, 6, 0, 500);
	for (int64_t backoff = SECOND / 10; backoff < 40 * SECOND; backoff *= 2) {
		next = block_list_run(list, paper.now) - paper.now;
		/* checks of the other family come in between */
		assert_true(next == (backoff < 10 * SECOND ? backoff : 10 * SECOND) ||
			    next <= 5 * SECOND);
		assert_int_equal(state(list, 6), BLOCK_LIST_WAITING);
		paper.now += backoff < 10 * SECOND ? backoff : 10 * SECOND;
	}
	assert_int_equal(paper.notes, 1); /* once, not at every try */
	assert_true(block_list_counts(list).missing[BLOCKER_V4]);
	assert_false(block_list_counts(list).missing[BLOCKER_V6]);
	finish(list, 2, 0);
	paper.error[BLOCKER_V4] = 0;
	run_until(list, paper.now + 10 * SECOND);
	assert_int_equal(paper.n[BLOCKER_V4], 5);
	assert_null(in_kernel(2));
	assert_non_null(in_kernel(6));
	assert_int_equal(paper.notes, 2);
	assert_int_equal(block_list_counts(list).rebuilt, 1);
	/* between two checks, without a write */
	paper.n[BLOCKER_V4] = 0;
	paper.generation[BLOCKER_V4]++;
	run_until(list, paper.now + 5 * SECOND);
	assert_int_equal(paper.n[BLOCKER_V4], 5);
	block_list_free(list);
}

static void test_start_fails(void **unused)
{
	static const struct seed seed = { 1, 2 };
	static const struct block_list_callbacks callbacks = { 0 };
	struct block_list *list = begin(&paper_ops, CAPACITY, 100);

	(void)unused;
	block_list_free(list);
	paper.generation[BLOCKER_V4]++;
	paper.error[BLOCKER_V4] = -EACCES;
	assert_int_equal(block_list_new(&list, &blocker, 0, &seed, &callbacks), -EINVAL);
	assert_int_equal(block_list_new(&list, &blocker, 10, &seed, &callbacks), 0);
	assert_int_equal(block_list_start(list, paper.now), -EACCES);
	block_list_free(list);
	/* a kernel without IPv6 is no error: its bans wait */
	paper.error[BLOCKER_V4] = 0;
	paper.error[BLOCKER_V6] = -EAFNOSUPPORT;
	assert_int_equal(block_list_new(&list, &blocker, 10, &seed, &callbacks), 0);
	assert_int_equal(block_list_start(list, paper.now), 0);
	add(list, 1, 0, 10);
	block_list_run(list, paper.now);
	assert_int_equal(state(list, 1), BLOCK_LIST_HELD);
	block_list_free(list);
}

static void test_refused(void **unused)
{
	struct block_list *list = begin(&paper_ops, CAPACITY, 100);

	(void)unused;
	paper.refuse_last_byte = 3;
	for (unsigned i = 1; i <= 5; i++)
		add(list, i, 0, 60);
	block_list_run(list, paper.now);
	assert_int_equal(state(list, 3), BLOCK_LIST_REFUSED);
	assert_int_equal(block_list_counts(list).held[BLOCKER_V4], 4);
	assert_false(block_list_counts(list).missing[BLOCKER_V4]);
	run_until(list, paper.now + 60 * SECOND);
	assert_int_equal(state(list, 3), BLOCK_LIST_NONE);
	assert_int_equal(block_list_counts(list).refused, 1);
	block_list_free(list);
}

static void test_bound(void **unused)
{
	struct block_list *list = begin(&paper_ops, CAPACITY, 20);

	(void)unused;
	for (unsigned i = 1; i <= 20; i++)
		assert_int_equal(add(list, i, 0, 60), 0);
	block_list_run(list, paper.now);
	assert_int_equal(add(list, 21, 0, 60), 1);
	assert_int_equal(state(list, 1), BLOCK_LIST_NONE); /* it waited longest */
	assert_int_equal(paper.state[1], BLOCK_LIST_NONE);
	/* reasons are bounded, too */
	for (uint32_t reason = 1; reason < 64; reason++)
		assert_true(add(list, 21, reason, 60) >= 0);
	block_list_run(list, paper.now);
	assert_int_equal(state(list, 21), BLOCK_LIST_HELD);
	assert_int_equal(paper.n[BLOCKER_V4], block_list_counts(list).held[BLOCKER_V4]);
	block_list_free(list);
}

struct model {
	int64_t until[CLIENTS + 1][3];
	bool disturbed; /* since the last reconciliation */
};

static void compare(const struct block_list *list, const struct model *model)
{
	size_t wanted = 0;

	for (unsigned i = 1; i <= CLIENTS; i++) {
		struct addr addr = client(i);
		uint32_t reasons, alive = 0;
		enum block_list_state is = block_list_ask(list, &addr, &reasons);
		const struct paper_entry *entry = in_kernel(i);

		for (int reason = 0; reason < 3; reason++)
			alive += model->until[i][reason] > paper.now;
		wanted += alive > 0;
		assert_int_equal(is != BLOCK_LIST_NONE, alive > 0);
		assert_true(reasons >= alive);
		assert_true(is != BLOCK_LIST_PENDING);
		if (model->disturbed)
			continue;
		assert_int_equal(entry != NULL, is == BLOCK_LIST_HELD);
		if (entry) /* the rule still matches */
			assert_true(entry->stamp + SECONDS * SECOND > paper.now);
	}
	if (!model->disturbed && !paper.error[BLOCKER_V4]) {
		const struct block_list_family *family = &list->families[BLOCKER_V4];
		const struct block_list_entry *held = family->queue[BLOCK_LIST_HELD].head;
		const struct block_list_entry *waiting = family->queue[BLOCK_LIST_WAITING].tail;

		assert_true(!held || !waiting || waiting->order < held->order);
		assert_int_equal(paper.n[BLOCKER_V4], wanted < CAPACITY ? wanted : CAPACITY);
	}
}

static void disturb(struct model *model)
{
	model->disturbed = true;
	switch (unit_below(3)) {
	case 0: /* the firewall goes, or comes back */
		paper.n[BLOCKER_V4] = 0;
		paper.generation[BLOCKER_V4]++;
		paper.error[BLOCKER_V4] = paper.error[BLOCKER_V4] ? 0 : -ENOENT;
		break;
	case 1:
		if (paper.n[BLOCKER_V4] > 0)
			paper_drop(
				BLOCKER_V4,
				&paper.list[BLOCKER_V4][unit_below((uint32_t)paper.n[BLOCKER_V4])]);
		break;
	default:
		paper.generation[BLOCKER_V4]++;
		paper.n[BLOCKER_V4] = 0;
	}
}

static void test_model(void **unused)
{
	struct block_list *list = begin(&paper_ops, CAPACITY, 200);
	struct model model = { 0 };

	(void)unused;
	unit_seed();
	for (int step = 0; step < 50000; step++) {
		unsigned i = 1 + unit_below(CLIENTS), reason = unit_below(3);
		int64_t seconds = 1 + unit_below(unit_below(4) ? 60 : 3000);
		uint32_t what = unit_below(100);

		if (what < 40) {
			assert_int_equal(add(list, i, reason, seconds), 0);
			model.until[i][reason] = paper.now + seconds * SECOND;
		} else if (what < 55) {
			int r = finish(list, i, reason);

			if (model.until[i][reason] > paper.now)
				assert_int_equal(r, 0);
			model.until[i][reason] = 0;
		} else if (what == 55 && step % 3 == 0) {
			disturb(&model);
		} else if (what == 56) {
			/* all quiet again, and time enough to notice */
			paper.error[BLOCKER_V4] = 0;
			run_until(list, paper.now + 41 * SECOND);
			model.disturbed = false;
		} else {
			run_until(list, paper.now + (int64_t)unit_below(5) * SECOND);
		}
		block_list_run(list, paper.now);
		compare(list, &model);
	}
	print_message("lost %llu, rebuilt %llu, displaced %llu, renewed %llu\n",
		      (unsigned long long)block_list_counts(list).lost,
		      (unsigned long long)block_list_counts(list).rebuilt,
		      (unsigned long long)block_list_counts(list).displaced,
		      (unsigned long long)block_list_counts(list).renewed);
	block_list_free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),	       cmocka_unit_test(test_families),
		cmocka_unit_test(test_ends),	       cmocka_unit_test(test_expires),
		cmocka_unit_test(test_capacity),       cmocka_unit_test(test_lost),
		cmocka_unit_test(test_rebuilt),	       cmocka_unit_test(test_start_fails),
		cmocka_unit_test(test_refused),	       cmocka_unit_test(test_bound),
		cmocka_unit_test(test_full_of_others), cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
