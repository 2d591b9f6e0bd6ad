/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "archive_in.c"

static char dir[64];

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void write_file(const char *name, const void *bytes, size_t n)
{
	FILE *f = fopen(path_of(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

/* Reads all; returns the bytes read, *end is the last return value. */
static size_t read_all(const char *name, char *buf, size_t size, ssize_t *end)
{
	struct archive_in *in = NULL;
	size_t n = 0;

	assert_int_equal(archive_in_open(&in, path_of(name)), 0);
	while ((*end = archive_in_read(in, buf + n, size - n < 1000 ? size - n : 1000)) > 0)
		n += (size_t)*end;
	if (*end < 0)
		assert_true(strlen(archive_in_error(in)) > 0);
	archive_in_close(in);
	return n;
}

/* "hello gzip\n" twice, as two members in one file; made by gzip -n. */
static const unsigned char gz[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb,
	0x48, 0xcd, 0xc9, 0xc9, 0x57, 0x48, 0xaf, 0xca, 0x2c, 0xe0, 0x02,
	0x00, 0x39, 0x7c, 0x63, 0x56, 0x0b, 0x00, 0x00, 0x00,
};

static void test_plain(void **state)
{
	char buf[5000], text[3000];
	ssize_t end;

	(void)state;
	memset(text, 'x', sizeof(text));
	write_file("f", text, sizeof(text));
	assert_int_equal(read_all("f", buf, sizeof(buf), &end), sizeof(text));
	assert_int_equal(end, 0);
	assert_memory_equal(buf, text, sizeof(text));
	for (size_t n = 0; n < 12; n++) {
		write_file("f", text, n);
		assert_int_equal(read_all("f", buf, sizeof(buf), &end), n);
		assert_int_equal(end, 0);
	}
}

static void test_gzip(void **state)
{
	unsigned char two[2 * sizeof(gz)];
	char buf[5000];
	ssize_t end;

	(void)state;
	memcpy(two, gz, sizeof(gz));
	memcpy(two + sizeof(gz), gz, sizeof(gz));
	write_file("f", two, sizeof(two));
	assert_int_equal(read_all("f", buf, sizeof(buf), &end), 22);
	assert_int_equal(end, 0);
	assert_memory_equal(buf, "hello gzip\nhello gzip\n", 22);
}

static void test_truncated_gzip(void **state)
{
	unsigned char two[2 * sizeof(gz)];
	char buf[5000];
	ssize_t end;

	(void)state;
	memcpy(two, gz, sizeof(gz));
	memcpy(two + sizeof(gz), gz, sizeof(gz));
	write_file("f", two, sizeof(gz) + 15);
	assert_int_equal(read_all("f", buf, sizeof(buf), &end), 15);
	assert_int_equal(end, -EIO);
	assert_memory_equal(buf, "hello gzip\n", 11);
}

static void test_no_file(void **state)
{
	struct archive_in *in;

	(void)state;
	assert_int_equal(archive_in_open(&in, path_of("none")), -ENOENT);
	assert_int_equal(archive_in_open(&in, dir), -EISDIR);
}

static int setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(dir, sizeof(dir), "%s/relaydam-XXXXXX", tmp ? tmp : "/tmp");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	remove(path_of("f"));
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_truncated_gzip),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests_name("archive_in", tests, setup, teardown);
}
