/* SPDX-License-Identifier: MIT */
/* Queue and timing, with an array instead of the kernel. */
#include "unit.h"

#include <sys/socket.h>

#include "enforce/cutter.c"

enum { MS = 1000, T0 = 1000000000 };

static struct world {
	struct sock_diag_socket sockets[CUT_SESSIONS * 2];
	size_t sockets_n;
	unsigned finds, ends, notes, reports;
	int find_result, end_result;
	bool held, ends_nothing;
	size_t peers; /* in the last query */
	struct addr ignored;
	struct cut_report report;
	char note[512];
} w;
static struct cutter *cutter;
static int64_t t; /* when the line was read */
static const uint16_t ports[] = { 25, 587 };

static struct addr addr(const char *text)
{
	struct addr out;

	assert_int_equal(addr_parse(text, strlen(text), &out), 0);
	return out;
}

static int fake_find(void *context, const struct sock_diag_query *query,
		     void (*seen)(void *context, const struct sock_diag_socket *socket),
		     void *seen_context)
{
	(void)context;
	w.finds++;
	w.peers = query->peers_n;
	assert_in_range(query->peers_n, 1, SOCK_DIAG_PEERS);
	assert_in_range(query->ports_n, 1, SOCK_DIAG_PORTS);
	for (size_t i = 0; w.find_result == 0 && i < w.sockets_n; i++)
		for (size_t p = 0; p < query->peers_n; p++)
			if (sock_diag_within(&query->peers[p], &w.sockets[i].peer)) {
				seen(seen_context, &w.sockets[i]);
				break;
			}
	return w.find_result;
}

static int fake_end(void *context, const struct sock_diag_socket *socket, enum cut how)
{
	(void)context;
	(void)how;
	w.ends++;
	if (w.end_result != 0 || w.ends_nothing)
		return w.end_result;
	for (size_t i = 0; i < w.sockets_n; i++)
		if (w.sockets[i].inode == socket->inode) {
			w.sockets[i] = w.sockets[--w.sockets_n];
			return 0;
		}
	return -ENOENT;
}

static bool fake_held(void *context, const struct prefix *prefix, uint32_t jail)
{
	(void)context;
	(void)prefix;
	(void)jail;
	return w.held;
}

static bool fake_ignored(void *context, const struct addr *peer)
{
	(void)context;
	return addr_equal(peer, &w.ignored);
}

static void fake_done(void *context, const struct cut_report *report)
{
	(void)context;
	w.reports++;
	w.report = *report;
}

static void fake_note(void *context, int priority, const char *text)
{
	(void)context;
	(void)priority;
	w.notes++;
	snprintf(w.note, sizeof(w.note), "%s", text);
}

static void begin(bool dry_run)
{
	struct cutter_options options = {
		.after = 500 * MS,
		.dry_run = dry_run,
		.ops = { NULL, fake_find, fake_end, fake_held, fake_ignored },
		.callbacks = { NULL, fake_done, fake_note, NULL },
	};

	memset(&w, 0, sizeof(w));
	t = T0;
	w.held = true;
	w.ends_nothing = dry_run;
	assert_int_equal(cutter_new(&cutter, &options), 0);
}

static void end_world(void)
{
	cutter_free(cutter);
}

/* The server sent its last byte `idle` milliseconds before it is checked. */
static struct sock_diag_socket *session(const char *peer, uint16_t port, int64_t idle)
{
	struct sock_diag_socket *socket = &w.sockets[w.sockets_n++];

	*socket = (struct sock_diag_socket){ .family = AF_INET,
					     .peer = addr(peer),
					     .local_port = port,
					     .inode = (uint32_t)w.sockets_n + 1000,
					     .idle = idle * MS };
	return socket;
}

static int order_as(const char *peer, unsigned bits6, enum cut how, int64_t line, int64_t age)
{
	struct addr a = addr(peer);
	struct cut_order order = { .prefix = prefix_of(&a, 32, bits6),
				   .how = how,
				   .ports = ports,
				   .ports_n = 2,
				   .line = line,
				   .age = age };

	return cutter_add(cutter, &order);
}

static int order(const char *peer)
{
	return order_as(peer, 64, CUT_SOCKET, t, 0);
}

/* Runs the cutter whenever it is due. */
static int64_t run_until(int64_t from, int64_t to)
{
	int64_t now = from, next = cutter_run(cutter, now);

	while (next <= to) {
		assert_true(next >= now);
		now = next;
		next = cutter_run(cutter, now);
	}
	return next;
}

/* The lifetime of an order. */
static void run_out(void)
{
	run_until(t, t + 500 * MS);
	t += 1000 * MS;
}

static uint64_t count(enum cut_outcome outcome)
{
	return cutter_count(cutter, outcome);
}

/* Nothing was sent since the line: the session is cut after `after`. */
static void after_its_time(void **state)
{
	(void)state;
	begin(false);
	session("192.0.2.7", 25, 2000);
	assert_int_equal(order("192.0.2.7"), 0);
	run_until(T0, T0 + 499 * MS);
	assert_int_equal(w.ends, 0);
	assert_in_range(w.finds, 5, 10);
	assert_int_equal(run_until(T0 + 499 * MS, T0 + 500 * MS), INT64_MAX);
	assert_int_equal(w.ends, 1);
	assert_int_equal(count(CUT_ENDED), 1);
	assert_int_equal(w.report.latency, 500 * MS);
	assert_int_equal(w.reports, 1);
	end_world();
}

static void once_it_was_read(void **state)
{
	struct sock_diag_socket *socket;

	(void)state;
	begin(false);
	socket = session("192.0.2.7", 25, 2000);
	order("192.0.2.7");
	run_until(T0, T0 + 100 * MS);
	assert_int_equal(w.ends, 0);
	socket->idle = 20 * MS; /* the 5xx was sent, but is not acknowledged */
	socket->queued = 40;
	run_until(T0 + 150 * MS, T0 + 200 * MS);
	assert_int_equal(w.ends, 0);
	socket->idle = 70 * MS;
	socket->queued = 0;
	run_until(T0 + 250 * MS, T0 + 250 * MS);
	assert_int_equal(w.ends, 1);
	/* a last poll at the end: a connection that was being opened exists by then */
	session("192.0.2.7", 25, 400);
	assert_int_equal(run_until(T0 + 251 * MS, T0 + 600 * MS), INT64_MAX);
	assert_int_equal(w.ends, 2);
	assert_int_equal(w.report.sessions, 2);
	end_world();
}

/* What was sent within a tick of the line may have been sent before it. */
static void a_tick_is_no_proof(void **state)
{
	(void)state;
	begin(false);
	session("192.0.2.7", 25, 41);
	order("192.0.2.7");
	run_until(T0, T0 + 50 * MS);
	assert_int_equal(w.ends, 0);
	end_world();
}

static void who_is_not_cut(void **state)
{
	(void)state;
	begin(false);
	session("192.0.2.8", 25, 2000);	   /* another */
	session("192.0.2.7", 143, 2000);   /* another port */
	session("2001:db8::7", 25, 2000);  /* ignored, in the prefix */
	session("2001:db8::8", 587, 2000); /* in the prefix */
	session("2001:db8:0:1::8", 587, 2000);
	w.ignored = addr("2001:db8::7");
	order("192.0.2.7");
	order("2001:db8::8");
	run_until(T0, T0 + 600 * MS);
	assert_int_equal(w.ends, 1);
	assert_int_equal(w.sockets_n, 4);
	assert_int_equal(count(CUT_NOT_FOUND), 1);
	end_world();
}

static void old_lines(void **state)
{
	(void)state;
	begin(false);
	session("192.0.2.7", 25, 2000);
	assert_int_equal(order_as("192.0.2.7", 64, CUT_SOCKET, T0, CUT_AGE_MOST + 1), 1);
	assert_int_equal(run_until(T0, T0 + 600 * MS), INT64_MAX);
	assert_int_equal(w.finds, 0);
	assert_int_equal(count(CUT_OLD), 1);
	assert_int_equal(order_as("192.0.2.7", 64, CUT_SOCKET, T0, CUT_AGE_MOST), 0);
	end_world();
}

static void block_first(void **state)
{
	(void)state;
	begin(false);
	session("192.0.2.7", 25, 2000);
	w.held = false;
	order("192.0.2.7");
	run_until(T0, T0 + 400 * MS);
	assert_int_equal(w.finds, 0);
	w.held = true; /* the list exists again */
	run_until(T0 + 450 * MS, T0 + 500 * MS);
	assert_int_equal(w.ends, 1);
	w.held = false;
	session("192.0.2.7", 25, 2000);
	order_as("192.0.2.7", 64, CUT_SOCKET, T0 + 1000 * MS, 0);
	run_until(T0 + 1000 * MS, T0 + 2000 * MS);
	assert_int_equal(w.ends, 1);
	assert_int_equal(count(CUT_REFUSED), 1);
	end_world();
}

static void outcomes(void **state)
{
	(void)state;
	begin(false);
	order("192.0.2.1"); /* no session */
	run_out();
	assert_int_equal(count(CUT_NOT_FOUND), 1);
	session("192.0.2.1", 25, 2000);
	order("192.0.2.1");
	run_until(t, t + 100 * MS);
	w.sockets_n = 0; /* the client sent QUIT */
	run_until(t + 100 * MS, t + 500 * MS);
	t += 1000 * MS;
	assert_int_equal(count(CUT_LEFT), 1);
	session("192.0.2.1", 25, 2000);
	w.end_result = -ENOENT; /* ended between poll and cut */
	order("192.0.2.1");
	run_out();
	assert_int_equal(count(CUT_LEFT), 2);
	w.end_result = 1;
	order("192.0.2.1");
	run_out();
	assert_int_equal(count(CUT_REFUSED), 1);
	w.end_result = -ESRCH;
	order("192.0.2.1");
	run_out();
	assert_int_equal(count(CUT_NOT_FOUND), 2);
	assert_int_equal(w.notes, 0);
	w.end_result = -EPERM;
	for (int i = 0; i < 3; i++) {
		order("192.0.2.1");
		run_out();
	}
	assert_int_equal(count(CUT_FAILED), 3);
	assert_int_equal(w.notes, 1);
	w.find_result = -ETIMEDOUT;
	order("192.0.2.1");
	run_out();
	assert_int_equal(count(CUT_FAILED), 4);
	assert_int_equal(cutter->orders_n, 0);
	end_world();
}

static void a_row_of_nobody(void **state)
{
	(void)state;
	begin(false);
	for (int i = 0; i < CUT_STREAK - 1; i++) {
		order("192.0.2.1");
		run_out();
	}
	assert_int_equal(w.notes, 0);
	assert_false(cutter_blind(cutter));
	for (int i = 0; i < 5; i++) {
		order("192.0.2.1");
		run_out();
	}
	assert_int_equal(w.notes, 1);
	assert_non_null(strstr(w.note, "container"));
	assert_true(cutter_blind(cutter));
	session("192.0.2.1", 25, 2000);
	order("192.0.2.1");
	run_out();
	assert_false(cutter_blind(cutter));
	end_world();
}

static void one_question_for_all(void **state)
{
	char text[32];

	(void)state;
	begin(false);
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "198.51.100.%d", i);
		session(text, 25, 2000);
		order(text);
	}
	cutter_run(cutter, T0 + 500 * MS);
	assert_int_equal(w.finds, 1);
	assert_int_equal(w.peers, 100);
	assert_int_equal(w.ends, 100);
	end_world();
}

static void bounds(void **state)
{
	char text[32];

	(void)state;
	begin(false);
	for (int i = 0; i < CUT_ORDERS; i++) {
		snprintf(text, sizeof(text), "198.51.%d.%d", i >> 8, i & 255);
		assert_int_equal(order(text), 0);
		assert_int_equal(order(text), 1); /* a duplicate */
	}
	assert_int_equal(order("192.0.2.1"), -ENOSPC);
	assert_int_equal(count(CUT_FAILED), 1);
	assert_int_equal(run_until(T0, T0 + 500 * MS), INT64_MAX);
	assert_int_equal(w.reports, CUT_ORDERS);
	/* more sessions than one poll handles */
	for (int i = 0; i < CUT_SESSIONS + 10; i++)
		session("192.0.2.1", 25, 2000);
	t += 1000 * MS;
	order("192.0.2.1");
	run_until(t, t + 501 * MS);
	assert_int_equal(w.sockets_n, 0);
	end_world();
}

static void dry_run(void **state)
{
	(void)state;
	begin(true);
	session("192.0.2.7", 25, 2000);
	order("192.0.2.7");
	assert_int_equal(run_until(T0, T0 + 600 * MS), INT64_MAX);
	assert_int_equal(w.ends, 1);
	assert_int_equal(w.sockets_n, 1);
	assert_int_equal(w.report.outcome, CUT_ENDED);
	end_world();
}

/* A process exists for a moment after its signal: it gets one signal only. */
static void one_signal(void **state)
{
	struct sock_diag_socket *socket;

	(void)state;
	begin(false);
	w.ends_nothing = true;
	socket = session("192.0.2.7", 25, 20);
	order_as("192.0.2.7", 64, CUT_SIGNAL, T0, 0);
	assert_int_equal(run_until(T0 + 50 * MS, T0 + 600 * MS), INT64_MAX);
	assert_int_equal(socket->queued, 0);
	assert_int_equal(w.ends, 1);
	end_world();
}

static void the_clock_steps_back(void **state)
{
	(void)state;
	begin(false);
	session("192.0.2.7", 25, 2000);
	order("192.0.2.7");
	cutter_run(cutter, T0 + 400 * MS);
	run_until(T0 - 3600000 * (int64_t)MS, T0 - 3600000 * (int64_t)MS + 100 * MS);
	assert_int_equal(w.ends, 1);
	end_world();
}

static void jails_move(void **state)
{
	uint32_t map[2] = { UINT32_MAX, 0 };
	struct cut_order other = {
		.jail = 1, .how = CUT_SOCKET, .ports = ports, .ports_n = 1, .line = T0
	};

	(void)state;
	begin(false);
	order("192.0.2.7");
	other.prefix = (struct prefix){ addr("192.0.2.9"), 128 };
	cutter_add(cutter, &other);
	cutter_reload(cutter, 100 * MS, false, map);
	assert_int_equal(cutter->orders_n, 1);
	run_until(T0, T0 + 500 * MS);
	assert_int_equal(w.reports, 1);
	assert_int_equal(w.report.jail, 0);
	end_world();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_its_time),
		cmocka_unit_test(once_it_was_read),
		cmocka_unit_test(a_tick_is_no_proof),
		cmocka_unit_test(who_is_not_cut),
		cmocka_unit_test(old_lines),
		cmocka_unit_test(block_first),
		cmocka_unit_test(outcomes),
		cmocka_unit_test(a_row_of_nobody),
		cmocka_unit_test(one_question_for_all),
		cmocka_unit_test(bounds),
		cmocka_unit_test(dry_run),
		cmocka_unit_test(one_signal),
		cmocka_unit_test(the_clock_steps_back),
		cmocka_unit_test(jails_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
