/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the logs of a replay: two of one set, one of another, looked into, put in order, merged by time. They
 * are refused with a reason, or each line of each comes once, in bounds. The first byte says how they are given, the next
 * two where the second and the third begin.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lab/tree.h"
#include "archive/input_files.h"
#include "archive/merge.h"
#include "archive/set_reader.h"
#include "logline/line_buffer.h"

enum { LOGS = 3, MOST = 4 << 20 };
enum { OVERLAP = 1, YEAR = 2, DIRECTORY = 4 };

static char root[64], *paths[LOGS];
static const char *const names[LOGS] = { "/mail.log", "/mail.log.1", "/other.log" };

struct sums {
	size_t lines, bytes, errors, cut;
};

static bool take(struct sums *sums, int r, struct span line)
{
	if (r < 0)
		return ++sums->errors < LOGS;
	if (r == 0)
		return false;
	if (line.n > LINE_BUFFER_LINE || memchr(line.p, '\n', line.n))
		abort();
	sums->lines++;
	sums->bytes += line.n;
	return sums->bytes + sums->lines < MOST;
}

static struct sums of_stream(const struct input_files *inputs,
			     const struct input_files_options *options)
{
	struct sums sums = { 0 };
	struct merge *stream;
	struct span line;
	int r;

	if (merge_new(&stream, inputs, options->zone, options->year) < 0)
		abort();
	do
		r = merge_next(stream, &line);
	while (take(&sums, r, line));
	sums.cut = merge_cut(stream);
	if (sums.errors > 0 && strlen(merge_error(stream)) == 0)
		abort();
	merge_free(stream);
	return sums;
}

/* One file alone. */
static void of_file(const struct input_file *input, struct sums *sums)
{
	struct set_reader *reader;
	struct span line;
	int r;

	if (set_reader_new(&reader, input, 1) < 0)
		abort();
	do
		r = set_reader_next(reader, &line);
	while (take(sums, r, line));
	sums->cut += set_reader_cut(reader);
	set_reader_free(reader);
}

static void compare(const struct input_files *inputs, const struct input_files_options *options)
{
	struct sums all = of_stream(inputs, options), each = { 0 };

	for (size_t i = 0; i < inputs->n; i++)
		of_file(&inputs->list[i], &each);
	if (all.errors > 0 || each.errors > 0 || all.cut > 0 || each.cut > 0 ||
	    all.bytes + all.lines >= MOST)
		return;
	/* a line may be in two files, and a \r at the end of the first belong to it */
	if (all.lines > each.lines || all.lines + LOGS <= each.lines ||
	    all.bytes >= each.bytes + LOGS || all.bytes + LOGS <= each.bytes)
		abort();
}

static void put(const char *path, const uint8_t *bytes, size_t n)
{
	/* what a time without a year is measured by */
	static const struct timespec times[2] = { { .tv_sec = 1700000000 },
						  { .tv_sec = 1700000000 } };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || futimens(fd, times) < 0 || close(fd) < 0)
		abort();
}

static void clean(void)
{
	tree_remove(root);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	snprintf(root, sizeof(root), "/dev/shm/relaydam.stream.%d", getpid());
	if (mkdir(root, 0700) < 0)
		abort();
	atexit(clean);
	for (int i = 0; i < LOGS; i++)
		if (asprintf(&paths[i], "%s%s", root, names[i]) < 0)
			abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct zone zone = { .utc = zone_fixed_utc };
	struct input_files_options options = { .zone = &zone };
	struct input_files inputs;
	size_t n, a, b;
	int r;

	if (size < 3)
		return 0;
	options.overlap = data[0] & OVERLAP;
	options.year = data[0] & YEAR ? 2026 : 0;
	n = size - 3;
	a = n * data[1] / 256;
	b = a + (n - a) * data[2] / 256;
	put(paths[0], data + 3, a);
	put(paths[1], data + 3 + a, b - a);
	put(paths[2], data + 3 + b, n - b);
	if (data[0] & DIRECTORY)
		r = input_files_gather(&inputs, &(char *){ root }, 1, &options);
	else
		r = input_files_gather(&inputs, paths, LOGS, &options);
	if (r == 0)
		compare(&inputs, &options);
	else if (r != -EINVAL || !*inputs.error)
		abort();
	input_files_free(&inputs);
	return 0;
}
