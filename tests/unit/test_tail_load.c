/* SPDX-License-Identifier: MIT */
/* A writer under load, its log rotated at random moments: every line that can be had comes once and in order. */
#include "tail_world.h"

#include <pthread.h>

enum {
	LOAD_LINES = 100000,
	LOAD_PATIENCE = 5000000,
	FILES_MOST = 400,
	FORM = sizeof("000000 a line of the log, as long as such lines are\n") - 1
};

static struct load {
	struct world w;
	uint64_t seed;
	unsigned lines;
	_Atomic unsigned rotations;
	_Atomic bool done;
	unsigned next, order_broken, torn;
	unsigned char seen[LOAD_LINES];
} load;

static uint32_t below(uint64_t *seed, uint32_t n)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*seed >> 33) % n;
}

static int take(void *context, struct span line, const struct tail_place *end)
{
	char text[FORM + 1] = "", *rest;
	unsigned long number;

	(void)context, (void)end;
	if (line.n == FORM - 1)
		memcpy(text, line.p, line.n);
	number = strtoul(text, &rest, 10);
	if (rest != text + 6 || number >= load.lines) {
		load.torn++;
		return 0;
	}
	load.order_broken += number < load.next;
	load.next = (unsigned)number + 1;
	load.seen[number]++;
	return 0;
}

static void put(int fd, unsigned number)
{
	char text[FORM + 8]; /* a number may have ten digits, for all that the compiler knows */

	snprintf(text, sizeof(text), "%06u a line of the log, as long as such lines are\n", number);
	if (write(fd, text, FORM) != FORM)
		abort();
}

static void name_rotated(char *path, unsigned n)
{
	snprintf(path, WORLD_PATH + 16, "%s.%u", load.w.log, n);
}

/* rename, a while without the name, create, a while with both; then it lets go. */
static void *rename_writer(void *unused)
{
	uint64_t seed = load.seed;
	unsigned until_rename = 500, until_create = 0, until_change = 0;
	int fd = open_log(load.w.log), new = -1;
	char path[WORLD_PATH + 16];

	(void)unused;
	for (unsigned i = 0; i < load.lines; i++) {
		put(fd, i);
		if (below(&seed, 40) == 0)
			usleep(below(&seed, 1500));
		if (until_rename && --until_rename == 0) {
			name_rotated(path, ++load.rotations);
			if (rename(load.w.log, path) < 0)
				abort();
			until_create = 1 + below(&seed, 300);
		} else if (until_create && --until_create == 0) {
			new = open_log(load.w.log);
			until_change = 1 + below(&seed, 300);
		} else if (until_change && --until_change == 0) {
			close(fd);
			fd = new;
			until_rename = 1 + below(&seed, 3000);
		}
	}
	if (until_change)
		close(new);
	close(fd);
	load.done = true;
	return NULL;
}

static void *plain_writer(void *unused)
{
	uint64_t seed = load.seed;
	int fd = open_log(load.w.log);

	(void)unused;
	for (unsigned i = 0; i < load.lines; i++) {
		put(fd, i);
		if (below(&seed, 40) == 0)
			usleep(below(&seed, 1500));
	}
	close(fd);
	load.done = true;
	return NULL;
}

static void *copy_truncate(void *unused)
{
	uint64_t seed = load.seed + 1;
	char path[WORLD_PATH + 16];

	(void)unused;
	while (!load.done && load.rotations < FILES_MOST) {
		usleep(5000 + below(&seed, 60000));
		name_rotated(path, ++load.rotations);
		copy_log(load.w.log, path);
		if (truncate(load.w.log, 0) < 0)
			abort();
	}
	return NULL;
}

/* The lines that the files hold now; each was seen. */
static unsigned missing_of(const char *path)
{
	char text[256];
	FILE *file = fopen(path, "r");
	unsigned missing = 0;

	while (file && fgets(text, sizeof(text), file))
		if (strlen(text) == FORM && text[FORM - 1] == '\n')
			missing += load.seen[strtoul(text, NULL, 10)] == 0;
	if (file)
		fclose(file);
	return missing;
}

static void run_load(void *(*writer)(void *), void *(*rotator)(void *))
{
	struct tail_events events = { .context = &load, .line = take };
	pthread_t threads[2];
	unsigned before = 0;
	int64_t until;

	world_open(&load.w);
	assert_int_equal(tail_new(&load.w.follow, load.w.event, load.w.log, NULL, &events), 0);
	assert_int_equal(pthread_create(&threads[0], NULL, writer, NULL), 0);
	if (rotator)
		assert_int_equal(pthread_create(&threads[1], NULL, rotator, NULL), 0);
	until = world_now() + LOAD_PATIENCE;
	while ((!load.done || load.next < load.lines) && world_now() < until) {
		/* the last lines may be in no file: then no more come */
		if (!load.done || load.next != before)
			until = world_now() + LOAD_PATIENCE;
		before = load.next;
		assert_true(sd_event_run(load.w.event, 20000) >= 0);
		if (unit_below(200) == 0)
			usleep(unit_below(100000)); /* the daemon is busy elsewhere */
	}
	pthread_join(threads[0], NULL);
	if (rotator)
		pthread_join(threads[1], NULL);
	world_run(&load.w, 20000);
}

static void report(void)
{
	struct tail_counts counts = tail_counts(load.w.follow);
	unsigned seen = 0;

	for (unsigned i = 0; i < load.lines; i++)
		seen += load.seen[i] > 0;
	print_message(
		"%u of %u lines, %llu rotations, %llu truncations of %u, %u torn, %llu late, %llu lost, %llu wakeups\n",
		seen, load.lines, (unsigned long long)counts.rotations,
		(unsigned long long)counts.truncations, (unsigned)load.rotations, load.torn,
		(unsigned long long)counts.late, (unsigned long long)counts.lost,
		(unsigned long long)counts.wakeups);
}

static int setup(void **state)
{
	(void)state;
	memset(&load, 0, sizeof(load));
	load.seed = unit_random();
	load.lines = unit_rounds(LOAD_LINES / 4, LOAD_LINES);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_close(&load.w);
	return 0;
}

static void test_rename(void **state)
{
	(void)state;
	run_load(rename_writer, NULL);
	report();
	for (unsigned i = 0; i < load.lines; i++)
		assert_int_equal(load.seen[i], 1);
	assert_int_equal(load.order_broken, 0);
	assert_int_equal(load.torn, 0);
	assert_true(load.rotations > load.lines / 5000);
	assert_int_equal(tail_counts(load.w.follow).lost, 0);
	/* with rests: without, most lines would be a wakeup of their own */
	assert_true(tail_counts(load.w.follow).wakeups < load.lines / 4);
}

static void test_copytruncate(void **state)
{
	unsigned missing;
	char path[WORLD_PATH + 16];

	(void)state;
	run_load(plain_writer, copy_truncate);
	report();
	for (unsigned i = 0; i < load.lines; i++)
		assert_in_range(load.seen[i], 0, 1);
	assert_int_equal(load.order_broken, 0);
	missing = missing_of(load.w.log);
	for (unsigned i = 1; i <= load.rotations; i++) {
		name_rotated(path, i);
		missing += missing_of(path);
	}
	/* A copy may end inside a line, which then runs into what follows the gap. */
	assert_in_range(load.torn, 0, load.rotations);
	assert_in_range(missing, 0, load.torn);
	assert_true(load.rotations > load.lines / 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rename, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copytruncate, setup, teardown),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
