/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "engine/host_state.c"

#include <stdio.h>

static struct span span(const char *text)
{
	return (struct span){ text, strlen(text) };
}

/* Each host has a place of its own, he who has no name also, and keeps it. */
static void kept_apart(void **state)
{
	static struct host_states origins;
	const char *names[] = { "mx-a", "mx", "", "mx-b" };

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		host_state_of(&origins, span(names[i]))->last.pid = i + 1;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(host_state_of(&origins, span(names[i]))->last.pid, i + 1);
	assert_int_equal(host_state_of(&origins, (struct span){ NULL, 0 })->last.pid, 3);
}

static void silent_longest_goes(void **state)
{
	static struct host_states origins;
	char name[8];

	(void)state;
	for (unsigned i = 0; i < HOST_STATES; i++) {
		snprintf(name, sizeof(name), "h%u", i);
		host_state_of(&origins, span(name))->shift.n = 1;
	}
	host_state_of(&origins, span("h0"));
	assert_int_equal(host_state_of(&origins, span("new"))->shift.n, 0);
	assert_int_equal(host_state_of(&origins, span("h0"))->shift.n, 1);
	assert_int_equal(host_state_of(&origins, span("h2"))->shift.n, 1);
	assert_int_equal(host_state_of(&origins, span("h1"))->shift.n, 0);
}

/* Names too long to be kept differ by their lengths and by what is kept of them. */
static void long_names(void **state)
{
	static struct host_states origins;
	char name[2 * HOST_STATE_NAME];
	struct host_state *first;

	(void)state;
	memset(name, 'a', sizeof(name));
	first = host_state_of(&origins, (struct span){ name, sizeof(name) });
	assert_ptr_equal(host_state_of(&origins, (struct span){ name, sizeof(name) }), first);
	assert_ptr_not_equal(host_state_of(&origins, (struct span){ name, sizeof(name) - 1 }),
			     first);
	assert_ptr_not_equal(host_state_of(&origins, (struct span){ name, HOST_STATE_NAME }),
			     first);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(kept_apart),
					    cmocka_unit_test(silent_longest_goes),
					    cmocka_unit_test(long_names) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
