/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "engine/correlation.c"

#define SECOND INT64_C(1000000)

static const struct rule *weak_list[1];
static struct rule weak = { .name = "weak", .index = 1, .is_weak = true, .visit = VISIT_PROCESS };
static struct rule strong = { .name = "strong", .weak_n = 1, .weak = weak_list };

static struct correlation *make(size_t bytes)
{
	struct seed seed = { 3, 4 };
	struct correlation *session = NULL;

	weak_list[0] = &weak;
	assert_int_equal(correlation_new(&session, bytes, &seed), 0);
	return session;
}

static struct record record_at(int64_t seconds, uint32_t pid)
{
	return (struct record){ .host = span_of("mx"),
				.program = span_of("postfix/smtpd"),
				.pid = pid,
				.repeat = 1,
				.time = seconds * SECOND };
}

static struct match match_of(const struct rule *rule, uint8_t client, uint16_t port,
			     uint32_t weight)
{
	struct match match = { .rule = rule, .has_addr = true, .port = port, .weight = weight };

	match.addr.b[15] = client;
	return match;
}

static uint32_t left(struct correlation *session, int64_t seconds, uint32_t pid, uint8_t client,
		     uint16_t port, uint32_t weight)
{
	struct record record = record_at(seconds, pid);
	struct match match = match_of(&weak, client, port, weight);

	return correlation_uncredited(session, &record, &match);
}

static void credit(struct correlation *session, int64_t seconds, uint32_t pid, uint8_t client,
		   uint16_t port, uint32_t weight)
{
	struct record record = record_at(seconds, pid);
	struct match match = match_of(&strong, client, port, weight);

	correlation_credit(session, &record, &match);
}

static void test_credit_by_visit(void **state)
{
	static const struct {
		enum visit visit;
		uint32_t other_pid, other_port; /* what is left for them */
	} cases[] = {
		{ VISIT_PROCESS, 1, 0 },
		{ VISIT_CLIENT, 0, 0 },
		{ VISIT_PORT, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct correlation *session = make(65536);

		weak.visit = cases[i].visit;
		credit(session, 0, 100, 1, 4000, 1);
		assert_int_equal(left(session, 1, 100, 2, 4000, 1), 1);
		assert_int_equal(left(session, 1, 100, 1, 4000, 1), 0);
		assert_int_equal(left(session, 1, 100, 1, 4000, 1), 1);
		credit(session, 2, 100, 1, 4000, 1);
		assert_int_equal(left(session, 3, 101, 1, 4000, 1), cases[i].other_pid);
		correlation_free(session);
		session = make(65536);
		credit(session, 2, 100, 1, 4000, 1);
		assert_int_equal(left(session, 3, 100, 1, 4001, 1), cases[i].other_port);
		correlation_free(session);
	}
	weak.visit = VISIT_PROCESS;
}

static void test_credit_by_weight_and_time(void **state)
{
	struct correlation *session = make(65536);

	(void)state;
	credit(session, 0, 1, 1, 0, 3);
	assert_int_equal(left(session, 1, 1, 1, 0, 5), 2);
	assert_int_equal(left(session, 1, 1, 1, 0, 5), 5);
	credit(session, 2, 1, 1, 0, 3);
	assert_int_equal(left(session, 603, 1, 1, 0, 2), 2);
	correlation_free(session);
}

static void test_bounded(void **state)
{
	struct correlation *session = make(8192);
	struct record record;
	struct match match;
	struct addr client;
	char qid[16];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(qid, sizeof(qid), "Q%06d", i);
		record = record_at(i, 1);
		match = match_of(&strong, (uint8_t)i, 0, 1);
		match.qid = span_of(qid);
		correlation_open(session, &record, &match);
	}
	assert_true(correlation_evicted(session) > 800);
	match.qid = span_of("Q000001");
	assert_int_equal(correlation_accept(session, &record, &match, &client), 0);
	match.qid = span_of("Q000990");
	assert_int_equal(correlation_accept(session, &record, &match, &client), 1);
	assert_int_equal(client.b[15], (uint8_t)990);
	assert_int_equal(correlation_accept(session, &record, &match, &client), 0);
	correlation_expire(session, 1000000 * SECOND);
	match.qid = span_of("Q000991");
	assert_int_equal(correlation_accept(session, &record, &match, &client), 0);
	correlation_free(session);
}

static struct match match_qid(const struct rule *rule, const char *qid, uint8_t client,
			      uint32_t weight)
{
	struct match match = match_of(rule, client, 0, weight);

	match.qid = span_of(qid);
	return match;
}

static void test_pending(void **state)
{
	static const struct rule one = { .index = 7 }, two = { .index = 9 };
	struct correlation *session = make(65536);
	struct record record = record_at(0, 1);
	struct match first = match_qid(&one, "QID001", 0, 2),
		     second = match_qid(&two, "QID001", 0, 1);
	struct match named = match_qid(&strong, "QID001", 5, 1);
	struct addr client;
	uint32_t rule, weight;

	(void)state;
	assert_int_equal(correlation_pend(session, &record, &first, &client), 0);
	assert_int_equal(correlation_pend(session, &record, &second, &client), 0);
	assert_int_equal(correlation_pend(session, &record, &first, &client), 0);
	/* what only waits is no mail that was accepted */
	assert_int_equal(correlation_accept(session, &record, &named, &client), 0);
	correlation_open(session, &record, &named);
	assert_int_equal(correlation_pended(session, &rule, &weight), 1);
	assert_int_equal(rule, 7);
	assert_int_equal(weight, 4);
	assert_int_equal(correlation_pended(session, &rule, &weight), 1);
	assert_int_equal(rule, 9);
	assert_int_equal(weight, 1);
	assert_int_equal(correlation_pended(session, &rule, &weight), 0);
	/* from now on the client is known */
	assert_int_equal(correlation_pend(session, &record, &first, &client), 1);
	assert_int_equal(client.b[15], 5);
	correlation_free(session);
}

static void test_pending_is_bounded(void **state)
{
	struct rule rules[PENDED + 1] = { 0 };
	struct correlation *session = make(65536);
	struct record record = record_at(0, 1);
	struct match named = match_qid(&strong, "QID001", 5, 1);
	struct addr client;
	uint32_t rule, weight, n = 0;

	(void)state;
	for (uint32_t i = 0; i <= PENDED; i++) {
		struct match match = match_qid(&rules[i], "QID001", 0, RECORD_MOST_REPEATS);

		rules[i].index = i;
		correlation_pend(session, &record, &match, &client);
		correlation_pend(session, &record, &match, &client);
	}
	correlation_open(session, &record, &named);
	while (correlation_pended(session, &rule, &weight)) {
		assert_int_equal(rule, n++);
		assert_int_equal(weight, UINT16_MAX);
	}
	assert_int_equal(n, PENDED);
	/* forgotten after its time */
	named = match_qid(&strong, "QID002", 5, 1);
	correlation_pend(session, &record, &named, &client);
	record = record_at(601, 1);
	correlation_open(session, &record, &named);
	assert_int_equal(correlation_pended(session, &rule, &weight), 0);
	correlation_free(session);
}

/* No host, no program: as good names as others, also before and after other ones. */
static void test_empty_names(void **state)
{
	struct correlation *session = make(65536);
	struct record other = record_at(0, 1), nameless = { .time = other.time };
	struct match match = match_qid(&strong, "QID001", 5, 1);
	struct addr client;

	(void)state;
	correlation_open(session, &nameless, &match);
	assert_int_equal(correlation_accept(session, &other, &match, &client), 0);
	assert_int_equal(correlation_accept(session, &nameless, &match, &client), 1);
	correlation_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_credit_by_visit),
		cmocka_unit_test(test_credit_by_weight_and_time),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_pending_is_bounded),
		cmocka_unit_test(test_empty_names),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
