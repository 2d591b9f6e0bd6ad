/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as two files of a rotated log, compressed or not: every line stays in bounds, and every
 * way ends. The first byte says where the second file begins.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive/set_reader.h"
#include "logline/line_buffer.h"

enum { MOST = 4 << 20 }; /* bytes of lines: a few bytes can unpack to gigabytes */

static char paths[2][32];

static void put(int fd, const uint8_t *data, size_t n)
{
	if (ftruncate(fd, 0) < 0 || (n > 0 && pwrite(fd, data, n, 0) != (ssize_t)n))
		abort();
}

static void read_lines(struct set_reader *reader)
{
	struct span line;
	size_t sum = 0;
	unsigned errors = 0;
	int r;

	while (sum < MOST && (r = set_reader_next(reader, &line)) != 0) {
		if (r < 0) {
			if (++errors > 2 || strlen(set_reader_error(reader)) == 0)
				abort();
			continue;
		}
		if (line.n > LINE_BUFFER_LINE || memchr(line.p, '\n', line.n))
			abort();
		sum += line.n + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fds[2] = { -1, -1 };
	struct input_file inputs[2] = { { .path = paths[0] }, { .path = paths[1] } };
	struct set_reader *reader;
	size_t at;

	if (size == 0)
		return 0;
	/* once, and kept: a file is opened by its path each time */
	for (int i = 0; i < 2 && fds[i] < 0; i++) {
		fds[i] = memfd_create("archive", 0);
		snprintf(paths[i], sizeof(paths[i]), "/proc/self/fd/%d", fds[i]);
	}
	/* 0: all in the first file */
	at = data[0] == 0 ? size : 1 + (size - 1) * data[0] / 256;
	put(fds[0], data + 1, at - 1);
	put(fds[1], data + at, size - at);
	if (set_reader_new(&reader, inputs, 2) < 0)
		return 0;
	read_lines(reader);
	set_reader_free(reader);
	return 0;
}
