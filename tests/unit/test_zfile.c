/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "archive/decompress.h"
#include "archive/zfile.c"

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
	struct zfile *in = NULL;
	size_t n = 0;

	assert_int_equal(zfile_open(&in, path_of(name)), 0);
	while ((*end = zfile_read(in, buf + n, size - n < 1000 ? size - n : 1000)) > 0)
		n += (size_t)*end;
	if (*end < 0)
		assert_true(strlen(zfile_error(in)) > 0);
	zfile_close(in);
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
	struct zfile *in;

	(void)state;
	assert_int_equal(zfile_open(&in, path_of("none")), -ENOENT);
	assert_int_equal(zfile_open(&in, dir), -EISDIR);
}

static char text[1 << 21], got[(1 << 21) + 1000];

/* Lines as a log has them: they compress about as well. */
static void make_text(void)
{
	size_t n = 0;

	while (n < sizeof(text) - 200)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n,
			"Nov 20 23:%02u:%02u mx postfix/smtpd[%u]: connect from unknown[192.0.2.%u]\n",
			unit_below(60), unit_below(60), unit_below(99999), unit_below(256));
	memset(text + n, '\n', sizeof(text) - n);
}

/* Compresses the text into "packed"; returns its bytes in memory, NULL without the tool. */
static unsigned char *pack(const char *tool, size_t *n)
{
	char command[400];
	unsigned char *bytes = malloc(sizeof(text));
	FILE *f;

	write_file("f", text, sizeof(text));
	snprintf(command, sizeof(command), "%s -c %s/f > %s/packed 2> %s/err", tool, dir, dir, dir);
	if (!bytes || system(command) != 0) {
		print_message("%s is missing\n", tool);
		free(bytes);
		return NULL;
	}
	f = fopen(path_of("packed"), "r");
	assert_non_null(f);
	*n = fread(bytes, 1, sizeof(text), f);
	fclose(f);
	return bytes;
}

/* Cut short or damaged anywhere: the text before that place is there, less at most `block`. */
static void damage(unsigned char *bytes, size_t n, size_t block)
{
	ssize_t end;

	for (int i = 0; i < 12; i++) {
		size_t at = n / 16 * (size_t)(i + 2), size;
		size_t least = (size_t)((double)at / (double)n * sizeof(text) * 0.95);

		least = least > block ? least - block : 0;
		write_file("f", bytes, at);
		size = read_all("f", got, sizeof(got), &end);
		assert_int_equal(end, -EIO);
		assert_in_range(size, least, sizeof(text));
		assert_memory_equal(got, text, size);
		bytes[at] ^= 0x55;
		write_file("f", bytes, n);
		size = read_all("f", got, sizeof(got), &end);
		bytes[at] ^= 0x55;
		assert_int_equal(end, -EIO);
		assert_in_range(size, least, sizeof(text) + 1000);
		assert_memory_equal(got, text, least);
	}
}

static void test_formats(void **state)
{
	static const struct {
		const char *tool;
		size_t block;
	} formats[] = {
		{ "gzip", 1000 }, { "bzip2 -1", 100000 }, { "xz -1", 1000 }, { "zstd", 128 * 1024 }
	};

	(void)state;
	make_text();
	for (size_t i = 0; i < 4; i++) {
		ssize_t end;
		size_t n;
		unsigned char *bytes = pack(formats[i].tool, &n);

		if (!bytes)
			continue;
		assert_int_equal(read_all("packed", got, sizeof(got), &end), sizeof(text));
		assert_int_equal(end, 0);
		assert_memory_equal(got, text, sizeof(text));
		damage(bytes, n, formats[i].block);
		free(bytes);
	}
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
	remove(path_of("packed"));
	remove(path_of("err"));
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),	       cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_truncated_gzip), cmocka_unit_test(test_formats),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests_name("zfile", tests, setup, teardown);
}
