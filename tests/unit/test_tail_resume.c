/* SPDX-License-Identifier: MIT */
#include "tail_world.h"

#include "logline/line_buffer.h"
#include "source/rotation.h"

enum { OFTEN = 40 };

static struct world w;
static int fd;

static void append_many(const char *word, int n)
{
	char line[80];

	for (int i = 0; i < n; i++) {
		snprintf(line, sizeof(line),
			 "%s line %d of some length, so that it is known again\n", word, i);
		write_to(fd, line);
	}
}

/* A log of which ten lines were read and one was not. */
static struct tail_place ten_read(void)
{
	struct tail_place place;

	append_many("read", 10);
	world_follow(&w, w.log, &(struct tail_place){ 0 });
	world_lines(&w, 10);
	place = tail_place(w.follow);
	world_unfollow(&w);
	write_to(fd, "unread\n");
	return place;
}

static int setup(void **state)
{
	(void)state;
	world_open(&w);
	fd = open_log(w.log);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(fd);
	world_close(&w);
	return 0;
}

/* As logrotate does, by rename. */
static void rotate(void)
{
	next_stamp();
	rename(world_path(&w, "mail.log.2"), world_path(&w, "mail.log.3"));
	rename(world_path(&w, "mail.log.1"), world_path(&w, "mail.log.2"));
	assert_int_equal(rename(w.log, world_path(&w, "mail.log.1")), 0);
	close(fd);
	fd = open_log(w.log);
}

static void read_from(const struct tail_place *place, size_t n)
{
	world_follow(&w, w.log, place);
	world_lines(&w, n);
	world_run(&w, 20000);
	assert_int_equal(w.n, n);
}

static void test_same_file(void **state)
{
	struct tail_place place = ten_read();

	(void)state;
	place.device ^= 1; /* a reboot */
	read_from(&place, 11);
	world_expect(&w, 10, "unread");
	assert_int_equal(tail_counts(w.follow).lost, 0);
}

static void test_renamed(void **state)
{
	struct tail_place place = ten_read();

	(void)state;
	rotate();
	write_to(fd, "one\n");
	rotate();
	write_to(fd, "two\n");
	rotate();
	append(world_path(&w, "mail.log.save"), "a copy\n");
	append(world_path(&w, "mail.logs.1"), "another log's\n");
	write_to(fd, "three\n");
	read_from(&place, 14);
	world_expect(&w, 10, "unread");
	world_expect(&w, 11, "one");
	world_expect(&w, 12, "two");
	world_expect(&w, 13, "three");
	assert_int_equal(tail_counts(w.follow).lost, 0);
	place = tail_place(w.follow);
	assert_int_equal(place.offset, 6);
}

/* Rotated more often than is looked at at a time; the names are in no order. */
static void rotate_often(bool apart)
{
	char text[32];

	close(fd);
	for (unsigned i = 0; i < OFTEN; i++) {
		snprintf(text, sizeof(text), "mail.log.%u", 100 + i * 17 % OFTEN);
		assert_int_equal(rename(w.log, world_path(&w, text)), 0);
		if (apart)
			next_stamp();
		snprintf(text, sizeof(text), "line %u\n", i);
		append(w.log, text);
	}
	fd = open_log(w.log);
}

static void test_rotated_often(void **state)
{
	struct tail_place place = ten_read();
	char text[32];

	(void)state;
	rotate_often(true);
	read_from(&place, 11 + OFTEN);
	for (unsigned i = 0; i < OFTEN; i++) {
		snprintf(text, sizeof(text), "line %u", i);
		world_expect(&w, 11 + i, text);
	}
	assert_int_equal(tail_counts(w.follow).lost, 0);
}

/* Within few ticks of the filesystem's clock: in any order, but each of them, and once. */
static void test_rotated_at_once(void **state)
{
	struct tail_place place = ten_read();
	unsigned seen[OFTEN] = { 0 }, line;

	(void)state;
	rotate_often(false);
	read_from(&place, 11 + OFTEN);
	for (unsigned i = 0; i < OFTEN; i++) {
		assert_int_equal(sscanf(w.lines[11 + i], "line %u", &line), 1);
		assert_true(line < OFTEN);
		seen[line]++;
	}
	for (unsigned i = 0; i < OFTEN; i++)
		assert_int_equal(seen[i], 1);
}

/* Between rename and create there is no file of that name. */
static void test_renamed_only(void **state)
{
	struct tail_place place = ten_read();

	(void)state;
	assert_int_equal(rename(w.log, world_path(&w, "mail.log-20261121")), 0);
	read_from(&place, 11);
	append(w.log, "new\n");
	world_lines(&w, 12);
	world_expect(&w, 11, "new");
}

static void test_copied(void **state)
{
	struct tail_place place = ten_read();

	(void)state;
	copy_log(w.log, world_path(&w, "mail.log.2"));
	assert_int_equal(ftruncate(fd, 0), 0);
	write_to(fd, "one\n");
	next_stamp();
	copy_log(w.log, world_path(&w, "mail.log.1"));
	assert_int_equal(ftruncate(fd, 0), 0);
	append_many("two", 50);
	w.fail_at = 11;
	world_follow(&w, w.log, &place);
	assert_int_equal(sd_event_loop(w.event), -ECANCELED);
	assert_true(w.end.inode == place.inode && w.end.offset == place.offset + 7);
	place = tail_place(w.follow); /* in the copy, and it is found again */
	world_unfollow(&w);
	sd_event_unref(w.event);
	assert_true(sd_event_new(&w.event) >= 0);
	w.fail_at = 0;
	read_from(&place, 62);
	world_expect(&w, 10, "unread");
	world_expect(&w, 11, "one");
	assert_memory_equal(w.lines[12], "two line 0", 10);
	assert_int_equal(tail_counts(w.follow).lost, 0);
}

static void test_compressed(void **state)
{
	struct tail_place place = ten_read();

	(void)state;
	rotate();
	append(world_path(&w, "mail.log.1.gz"), "compressed");
	assert_int_equal(unlink(world_path(&w, "mail.log.1")), 0);
	write_to(fd, "new\n");
	read_from(&place, 11);
	world_expect(&w, 10, "new");
	assert_int_equal(tail_counts(w.follow).lost, 1);
	assert_non_null(strstr(w.last_note, "compressed"));
}

/* Another file with the inode of old. */
static void test_not_the_file(void **state)
{
	struct tail_place place = ten_read();

	(void)state;
	assert_int_equal(ftruncate(fd, 0), 0);
	append_many("other", 20);
	read_from(&place, 30);
	assert_memory_equal(w.lines[10], "other line 0", 12);
	assert_int_equal(tail_counts(w.follow).lost, 1);
}

/* The name comes later than the daemon. */
static void test_directory_comes_later(void **state)
{
	struct tail_place place = ten_read();
	char away[2 * WORLD_PATH + 8];

	(void)state;
	snprintf(away, sizeof(away), "%s.away", w.dir);
	assert_int_equal(rename(w.dir, away), 0);
	world_follow(&w, w.log, &place);
	world_run(&w, 100000);
	assert_int_equal(tail_place(w.follow).offset, place.offset); /* it is not forgotten */
	assert_int_equal(rename(away, w.dir), 0);
	world_lines(&w, 11);
	world_expect(&w, 10, "unread");
	assert_int_equal(tail_counts(w.follow).lost, 0);
}

/* The rest of a line that was cut is nobody's line, whenever it is read. */
static void test_inside_a_line(void **state)
{
	char *text = malloc(20001);
	struct tail_place place;

	(void)state;
	memset(text, 'x', 20000);
	text[20000] = '\0';
	write_to(fd, text);
	world_follow(&w, w.log, &(struct tail_place){ 0 });
	world_lines(&w, 1);
	place = tail_place(w.follow);
	assert_int_equal(place.offset, 20000);
	world_unfollow(&w);
	write_to(fd, "forged\nnext\n");
	read_from(&place, 2);
	world_expect(&w, 1, "next");
	free(text);
}

/* From every place of a file, the rest of it comes. */
static void test_every_place(void **state)
{
	struct tail_place places[60];
	size_t n = sizeof(places) / sizeof(places[0]);

	(void)state;
	world_follow(&w, w.log, NULL);
	for (size_t i = 0; i < n; i++) {
		char line[600];

		memset(line, 'a' + (int)(i % 26), sizeof(line));
		line[unit_below(sizeof(line) - 2)] = '\0';
		line[sizeof(line) - 1] = '\0';
		write_to(fd, line);
		if (i % 3 == 0)
			world_run(&w, 6000);
		write_to(fd, "\n");
		world_lines(&w, i + 1);
		places[i] = tail_place(w.follow);
		assert_int_equal(places[i].offset, w.end.offset);
	}
	for (size_t i = 0; i < n; i++) {
		world_unfollow(&w);
		world_forget(&w);
		world_follow(&w, w.log, &places[i]);
		world_lines(&w, n - 1 - i);
		world_run(&w, 1000);
		assert_int_equal(w.n, n - 1 - i);
		assert_int_equal(tail_counts(w.follow).lost, 0);
		assert_true(places[n - 1].hash == tail_place(w.follow).hash);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_renamed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rotated_often, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rotated_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_renamed_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copied, setup, teardown),
		cmocka_unit_test_setup_teardown(test_compressed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_the_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_directory_comes_later, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inside_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_place, setup, teardown),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
