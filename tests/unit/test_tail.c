/* SPDX-License-Identifier: MIT */
#include "tail_world.h"

#include <sys/eventfd.h>

#include "logline/line_buffer.h"
#include "source/tail.c"

static struct world w;

static int setup(void **state)
{
	(void)state;
	world_open(&w);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_close(&w);
	return 0;
}

/* Bytes enough that a place in them is known again. */
static void append_many(const char *path, const char *word, int n)
{
	char line[80];
	int fd = open_log(path);

	for (int i = 0; i < n; i++) {
		snprintf(line, sizeof(line),
			 "%s line %d of some length, so that it is known again\n", word, i);
		write_to(fd, line);
	}
	close(fd);
}

static void test_append(void **state)
{
	char *longer = malloc(20001);
	int fd;

	(void)state;
	append(w.log, "before\nhalf of");
	world_follow(&w, w.log, NULL);
	fd = open_log(w.log);
	write_to(fd, " a line that began before\none\n");
	world_lines(&w, 1);
	world_expect(&w, 0, "one"); /* not the rest of the line that it came into */
	write_to(fd, "tw");
	world_run(&w, 50000);
	assert_int_equal(w.n, 1);
	assert_int_equal(tail_lag(w.follow), 0);
	write_to(fd, "o\r\n\nfo");
	world_lines(&w, 3);
	world_expect(&w, 1, "two");
	world_expect(&w, 2, "");
	assert_int_equal(write(fd, "u\0r\n", 4), 4);
	world_lines(&w, 4);
	world_expect(&w, 3, "fou0r");
	memset(longer, 'x', 20000);
	longer[20000] = '\0';
	write_to(fd, longer);
	world_lines(&w, 5);
	assert_int_equal(w.lengths[4], LINE_BUFFER_LINE);
	write_to(fd, "tail\nfive\n");
	world_lines(&w, 6);
	world_expect(&w, 5, "five");
	assert_int_equal(tail_counts(w.follow).cut, 1);
	assert_int_equal(tail_counts(w.follow).lines, 6);
	assert_true(w.turns >= 5);
	assert_int_equal(w.notes, 0);
	assert_int_equal(tail_place(w.follow).offset, w.end.offset);
	free(longer);
	close(fd);
}

static void test_rename_create(void **state)
{
	int old = open_log(w.log), new;

	(void)state;
	world_follow(&w, w.log, NULL);
	write_to(old, "1\n");
	world_lines(&w, 1);
	assert_int_equal(rename(w.log, world_path(&w, "mail.log.1")), 0);
	write_to(old, "2\n");
	world_lines(&w, 2);
	world_run(&w, 150000); /* the name is away for as long as with postlogd */
	new = open_log(w.log);
	write_to(new, "4\n");
	write_to(old, "3\n");
	world_lines(&w, 3);
	world_expect(&w, 2, "3");
	close(old);
	world_lines(&w, 4);
	world_expect(&w, 3, "4");
	assert_int_equal(tail_counts(w.follow).rotations, 1);
	assert_int_equal(tail_counts(w.follow).late, 0);
	append(world_path(&w, "mail.log.1"), "late\n");
	world_lines(&w, 5);
	world_expect(&w, 4, "late");
	assert_int_equal(tail_counts(w.follow).late, 1);
	write_to(new, "5\n");
	world_lines(&w, 6);
	close(new);
}

/* A writer that never closes the old file holds the new one up for a second after its last line. */
static void test_old_file_stays_open(void **state)
{
	int old = open_log(w.log);
	int64_t start;

	(void)state;
	world_follow(&w, w.log, NULL);
	write_to(old, "1\nha");
	world_lines(&w, 1);
	assert_int_equal(rename(w.log, world_path(&w, "mail.log.1")), 0);
	start = world_now();
	append(w.log, "lf\n3\n");
	world_lines(&w, 3);
	world_expect(&w, 1, "half"); /* a line that spans two files is one */
	assert_true(world_now() - start > 500000);
	assert_int_equal(tail_place(w.follow).offset, 5);
	close(old);
}

static void test_half_line_place(void **state)
{
	struct tail_place place;

	(void)state;
	append_many(w.log, "old", 20);
	world_follow(&w, w.log, &(struct tail_place){ 0 });
	world_lines(&w, 20);
	append(w.log, "half");
	world_run(&w, 20000);
	assert_int_equal(rename(w.log, world_path(&w, "mail.log.1")), 0);
	append(w.log, " and hal");
	world_run(&w, 1500000);
	place = tail_place(w.follow);
	world_unfollow(&w);
	append(w.log, "f\n");
	world_follow(&w, w.log, &place);
	world_lines(&w, 21);
	world_expect(&w, 20, "half and half");
	assert_int_equal(tail_counts(w.follow).lost, 0);
}

/* Lines that came between the last read and the emptying are in the copy. */
static void test_copytruncate(void **state)
{
	int fd = open_log(w.log);

	(void)state;
	world_follow(&w, w.log, NULL);
	append_many(w.log, "a", 10);
	write_to(fd, "half ");
	world_lines(&w, 10);
	world_run(&w, 20000);
	write_to(fd, "line\nunread\nand ");
	copy_log(w.log, world_path(&w, "mail.log.1"));
	assert_int_equal(ftruncate(fd, 0), 0);
	write_to(fd, "half\n");
	world_lines(&w, 13);
	world_expect(&w, 10, "half line");
	world_expect(&w, 11, "unread");
	world_expect(&w, 12, "and half");
	assert_int_equal(tail_counts(w.follow).truncations, 1);
	assert_int_equal(tail_counts(w.follow).lost, 0);
	assert_int_equal(tail_place(w.follow).offset, 5);
	/* once more, and nothing unread: the copy is not read again */
	copy_log(w.log, world_path(&w, "mail.log-20261121"));
	assert_int_equal(ftruncate(fd, 0), 0);
	write_to(fd, "next\n");
	world_lines(&w, 14);
	world_expect(&w, 13, "next");
	/* twice in a row, with nothing to read between */
	copy_log(w.log, world_path(&w, "mail.log-20261122"));
	assert_int_equal(ftruncate(fd, 0), 0);
	world_run(&w, 20000);
	write_to(fd, "unseen\n");
	copy_log(w.log, world_path(&w, "mail.log-20261123"));
	assert_int_equal(ftruncate(fd, 0), 0);
	world_lines(&w, 15);
	write_to(fd, "seen\n");
	world_lines(&w, 16);
	world_expect(&w, 14, "unseen");
	world_expect(&w, 15, "seen");
	close(fd);
}

/* Grown beyond the old offset before anybody looked: the bytes before it tell. */
static void test_truncated_and_grown(void **state)
{
	(void)state;
	append(w.log, "first\n");
	world_follow(&w, w.log, &(struct tail_place){ 0 });
	world_lines(&w, 1);
	assert_int_equal(truncate(w.log, 0), 0);
	append_many(w.log, "other", 3);
	world_lines(&w, 4);
	assert_memory_equal(w.lines[1], "other line 0", 12);
	assert_int_equal(tail_counts(w.follow).truncations, 1);
}

/* A writer without O_APPEND leaves a hole. */
static void test_hole(void **state)
{
	int fd = open(w.log, O_WRONLY | O_CREAT, 0644);

	(void)state;
	world_follow(&w, w.log, NULL);
	for (int i = 0; i < 2000; i++)
		write_to(fd, "a line\n");
	world_lines(&w, 2000);
	assert_int_equal(ftruncate(fd, 0), 0);
	write_to(fd, "behind the hole\n");
	world_lines(&w, 2001);
	world_expect(&w, 2000, "behind the hole");
	write_to(fd, "next\n");
	world_lines(&w, 2002);
	world_expect(&w, 2001, "next");
	close(fd);
}

static void test_delete_recreate(void **state)
{
	(void)state;
	append(w.log, "0\n");
	world_follow(&w, w.log, NULL);
	for (int i = 0; i < 3; i++) {
		int fd = open_log(w.log);

		write_to(fd, "old\n");
		world_lines(&w, w.n + 1);
		assert_int_equal(unlink(w.log), 0);
		write_to(fd, "deleted\n");
		close(fd);
		append(w.log, "new\n");
		world_lines(&w, w.n + 2);
		world_expect(&w, w.n - 2, "deleted");
		world_expect(&w, w.n - 1, "new");
	}
	assert_int_equal(tail_counts(w.follow).rotations, 3);
	assert_int_equal(tail_counts(w.follow).lost, 0);
}

static void test_missing_directory(void **state)
{
	char path[PATH_MAX];

	(void)state;
	snprintf(path, sizeof(path), "%s/a/b/mail.log", w.dir);
	world_follow(&w, path, NULL);
	world_run(&w, 2200000);
	assert_int_equal(w.notes, 1);
	assert_int_equal(tail_place(w.follow).inode, 0);
	for (int i = 0; i < 2; i++) {
		int64_t start;

		assert_int_equal(mkdir(world_path(&w, "a"), 0755), 0);
		world_run(&w, 1100000); /* the old file is quiet */
		assert_int_equal(mkdir(world_path(&w, "a/b"), 0755), 0);
		start = world_now();
		append(path, "found\n");
		world_lines(&w, w.n + 1);
		append(path, "again\n");
		world_lines(&w, w.n + 1);
		assert_true(world_now() - start < 900000); /* not by the look once a second */
		/* the directory is replaced */
		assert_int_equal(
			rename(world_path(&w, "a"), world_path(&w, i == 0 ? "old0" : "old1")), 0);
	}
}

static void test_symlinks(void **state)
{
	(void)state;
	append(world_path(&w, "mail-20261120.log"), "a\n");
	append(world_path(&w, "mail-20261121.log"), "");
	assert_int_equal(symlink("mail-20261120.log", w.log), 0);
	world_follow(&w, w.log, NULL);
	append(w.log, "b\n");
	world_lines(&w, 1);
	/* switched by a rename over it */
	assert_int_equal(symlink("mail-20261121.log", world_path(&w, "new")), 0);
	assert_int_equal(rename(world_path(&w, "new"), w.log), 0);
	append(w.log, "c\n");
	world_lines(&w, 2);
	world_expect(&w, 1, "c");
	/* the target is rotated */
	assert_int_equal(rename(world_path(&w, "mail-20261121.log"),
				world_path(&w, "mail-20261121.log.1")),
			 0);
	append(world_path(&w, "mail-20261121.log.1"), "d\n");
	append(world_path(&w, "mail-20261121.log"), "e\n");
	world_lines(&w, 4);
	world_expect(&w, 2, "d");
	world_expect(&w, 3, "e");
	assert_int_equal(tail_counts(w.follow).rotations, 2);
	/* and back to the first, which is known */
	assert_int_equal(unlink(w.log), 0);
	assert_int_equal(symlink("mail-20261120.log", w.log), 0);
	append(w.log, "f\n");
	world_lines(&w, 5);
	world_expect(&w, 4, "f");
}

/* Somebody else reads the file of this inode up to this offset. */
static struct tail_place taken;

static const char *others_reads(void *context, struct tail_place *file)
{
	(void)context;
	if (file->inode != taken.inode)
		return NULL;
	file->offset = taken.offset;
	return "/other.log";
}

static uint64_t inode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void test_taken(void **state)
{
	struct tail_place from;

	(void)state;
	append(w.log, "a\n");
	taken = (struct tail_place){ .inode = inode_of(w.log), .offset = 2 };
	w.taken = others_reads;
	world_follow(&w, w.log, NULL);
	append(w.log, "b\nc\n");
	world_run(&w, 100000);
	assert_int_equal(w.n, 0);
	assert_int_equal(tail_error(w.follow), -EEXIST);
	assert_non_null(strstr(w.last_note, "is the same file as /other.log"));
	assert_int_equal(tail_place(w.follow).offset, 2);
	/* he has read on, and lets go of it */
	taken.offset = 4;
	tail_poll(w.follow);
	from = tail_place(w.follow);
	assert_int_equal(from.offset, 4);
	taken.inode = 0;
	world_lines(&w, 1);
	world_expect(&w, 0, "c");
	assert_int_equal(tail_error(w.follow), 0);
	/* what has the name next is his again; no line of the first is lost or comes twice */
	append(w.log, "d\n");
	assert_int_equal(rename(w.log, world_path(&w, "mail.log.1")), 0);
	append(w.log, "e\n");
	taken = (struct tail_place){ .inode = inode_of(w.log), .offset = 2 };
	world_lines(&w, 2);
	world_expect(&w, 1, "d");
	world_run(&w, 100000);
	assert_int_equal(tail_error(w.follow), -EEXIST);
	append(w.log, "f\n");
	taken.inode = 0;
	world_lines(&w, 3);
	world_expect(&w, 2, "f");
	/* a place of before is not gone back to */
	world_unfollow(&w);
	taken = (struct tail_place){ .inode = inode_of(w.log), .offset = 4 };
	world_follow(&w, w.log, &from);
	append(w.log, "g\n");
	taken.inode = 0;
	world_lines(&w, 4);
	world_expect(&w, 3, "g");
}

static void test_unreadable(void **state)
{
	(void)state;
	append(w.log, "secret\n");
	assert_int_equal(chmod(w.log, 0), 0);
	if (getuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	world_follow(&w, w.log, NULL);
	assert_non_null(strstr(w.last_note, "Permission denied"));
	world_run(&w, 1200000);
	assert_int_equal(w.notes, 1);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(w.log, 0644), 0);
	append(w.log, "open\n");
	world_lines(&w, 1);
	world_expect(&w, 0, "open"); /* from what was its end at the start */
	assert_int_equal(unlink(w.log), 0);
	assert_int_equal(mkdir(w.log, 0755), 0);
	world_run(&w, 1200000);
	assert_int_equal(rmdir(w.log), 0);
	append(w.log, "a file again\n");
	world_lines(&w, 2);
}

static void test_without_inotify(void **state)
{
	(void)state;
	world_follow(&w, w.log, NULL);
	sd_event_source_set_enabled(w.follow->io, SD_EVENT_OFF);
	append(w.log, "1\n");
	world_lines(&w, 1);
	append(w.log, "2\n");
	world_lines(&w, 2);
	assert_int_equal(rename(w.log, world_path(&w, "mail.log.1")), 0);
	append(w.log, "3\n");
	world_lines(&w, 3);
	assert_true(tail_counts(w.follow).wakeups < 15);
}

static void test_several(void **state)
{
	struct world other;

	(void)state;
	world_open(&other);
	sd_event_unref(other.event);
	other.event = sd_event_ref(w.event);
	world_follow(&w, w.log, NULL);
	world_follow(&other, world_path(&w, "other.log"), NULL);
	for (size_t i = 1; i <= 20; i++) {
		append(w.log, "here\n");
		append(world_path(&w, "other.log"), "there\n");
		world_lines(&w, i);
		world_lines(&other, i);
	}
	world_expect(&other, 19, "there");
	world_close(&other);
}

static void test_line_fails(void **state)
{
	(void)state;
	w.fail_at = 2;
	world_follow(&w, w.log, NULL);
	append(w.log, "1\n2\n3\n");
	assert_int_equal(sd_event_loop(w.event), -ECANCELED);
	assert_int_equal(w.n, 2);
}

/* Saved by an editor or by sed -i: another file, the same beginning. */
static void test_rewritten(void **state)
{
	(void)state;
	append_many(w.log, "a", 10);
	world_follow(&w, w.log, &(struct tail_place){ 0 });
	world_lines(&w, 10);
	copy_log(w.log, world_path(&w, "mail.log~"));
	assert_int_equal(rename(world_path(&w, "mail.log~"), w.log), 0);
	append(w.log, "new\n");
	world_lines(&w, 11);
	world_run(&w, 1300000);
	assert_int_equal(w.n, 11);
	world_expect(&w, 10, "new");
}

static int count_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	(void)source, (void)fd, (void)revents;
	++*(int *)userdata;
	return 0;
}

static void test_bounded_turn(void **state)
{
	enum { LINE = 8000, N = 2000 };
	char *line = malloc(LINE + 1);
	sd_event_source *others = NULL;
	int served = 0, fd = open_log(w.log), ready = eventfd(1, EFD_CLOEXEC);

	(void)state;
	memset(line, 'x', LINE);
	line[LINE - 1] = '\n';
	line[LINE] = '\0';
	for (int i = 0; i < N; i++)
		write_to(fd, line);
	close(fd);
	world_follow(&w, w.log, &(struct tail_place){ 0 });
	assert_true(tail_lag(w.follow) == (uint64_t)LINE * N);
	assert_true(sd_event_add_io(w.event, &others, ready, EPOLLIN, count_io, &served) >= 0);
	world_lines(&w, N);
	assert_true(w.turns >= 4 && served >= 3);
	assert_int_equal(tail_lag(w.follow), 0);
	sd_event_source_disable_unref(others);
	close(ready);
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_append, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rename_create, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old_file_stays_open, setup, teardown),
		cmocka_unit_test_setup_teardown(test_half_line_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copytruncate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncated_and_grown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hole, setup, teardown),
		cmocka_unit_test_setup_teardown(test_delete_recreate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_symlinks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unreadable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_inotify, setup, teardown),
		cmocka_unit_test_setup_teardown(test_several, setup, teardown),
		cmocka_unit_test_setup_teardown(test_line_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rewritten, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounded_turn, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
