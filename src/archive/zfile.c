/* SPDX-License-Identifier: MIT */
#include "archive/zfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decompress.h"
#include "util/time_units.h"

enum {
	PEEK = 8,
	BLOCK = 256 * 1024,
	ERROR_TEXT = 160,
};

struct zfile {
	int fd;
	size_t peeked, given; /* bytes in peek[], and how many of them were returned */
	char peek[PEEK];
	struct stat stat;
	uint64_t position;
	const struct decompress_ops *ops; /* NULL: not compressed */
	void *state;
	struct decompress_io io;
	bool started; /* inside a member: the end of the file is damage */
	int failed;   /* 0, or the -errno that ended decoding */
	unsigned char *block;
	char error[ERROR_TEXT];
};

static ssize_t read_some(int fd, void *buf, size_t n)
{
	ssize_t r;

	do
		r = read(fd, buf, n);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

/* Reads the file's own bytes, first those in peek[]. */
static ssize_t read_file(struct zfile *in, void *buf, size_t n)
{
	size_t left = in->peeked - in->given;
	ssize_t r;

	left = n < left ? n : left;
	memcpy(buf, in->peek + in->given, left);
	in->given += left;
	r = left < n ? read_some(in->fd, (char *)buf + left, n - left) : 0;
	if (r > 0)
		in->position += (uint64_t)r;
	/* an error is returned by the next call as well */
	return left > 0 ? (ssize_t)left + (r > 0 ? r : 0) : r;
}

static int fill_peek(struct zfile *in)
{
	while (in->peeked < PEEK) {
		ssize_t r = read_some(in->fd, in->peek + in->peeked, PEEK - in->peeked);

		if (r < 0)
			return (int)r;
		if (r == 0)
			break;
		in->peeked += (size_t)r;
	}
	in->position = in->peeked;
	return 0;
}

static void set_error(struct zfile *in, int r)
{
	static const struct decompress_ops none = { .format = "" };
	const struct decompress_ops *ops = in->ops ? in->ops : &none;
	char *to = in->error;

	if (r == -ENODATA)
		snprintf(to, ERROR_TEXT, "the %s data is cut short", ops->format);
	else if (r == -EBADMSG)
		snprintf(to, ERROR_TEXT, "the %s data is damaged", ops->format);
	else if (r == -E2BIG)
		snprintf(to, ERROR_TEXT, "the %s data wants more than %u MiB of memory",
			 ops->format, DECOMPRESS_MEMORY >> 20);
	else
		snprintf(to, ERROR_TEXT, "%s", strerror(-r));
}

static int start_decoder(struct zfile *in)
{
	int r = decompress_open(&in->ops, &in->state, (const unsigned char *)in->peek, in->peeked);

	if (r == 0 && in->ops) {
		in->block = malloc(BLOCK);
		r = in->block ? 0 : -ENOMEM;
		in->io.in = in->block;
		in->started = true;
	}
	return r;
}

/* Provides input for the decoder. Returns 1, 0 at the end of the file, or -errno. */
static int refill(struct zfile *in)
{
	ssize_t n;

	if (in->io.in_n > 0)
		return 1;
	n = read_file(in, in->block, BLOCK);
	if (n < 0)
		return (int)n;
	in->io.in = in->block;
	in->io.in_n = (size_t)n;
	return n > 0;
}

/* After a member: skips NUL padding, as on tapes, then starts the next member, if there is one. */
static int next_member(struct zfile *in)
{
	int r;

	in->started = false;
	while ((r = refill(in)) > 0) {
		while (in->io.in_n > 0 && *in->io.in == 0) {
			in->io.in++;
			in->io.in_n--;
		}
		if (in->io.in_n == 0)
			continue;
		in->started = true;
		return in->ops->again(in->state);
	}
	return r;
}

/* Runs the decoder once; handles the end of a member and of its input. Returns 0 or -errno. */
static int step(struct zfile *in)
{
	struct decompress_io before = in->io;
	int r = in->ops->step(in->state, &in->io);

	if (r == DECOMPRESS_END)
		return next_member(in);
	if (r < 0 || in->io.out_n < before.out_n)
		return r == -EIO ? -EBADMSG : r;
	if (in->io.in_n == 0) {
		r = refill(in);
		return r == 0 ? -ENODATA : r < 0 ? r : 0;
	}
	return in->io.in_n < before.in_n ? 0 : -EBADMSG;
}

/* Output that precedes damage is returned first; the next call returns the error. */
static ssize_t read_decoded(struct zfile *in, void *buf, size_t n)
{
	in->io.out = buf;
	in->io.out_n = n;
	while (in->started && in->failed == 0 && in->io.out_n == n)
		in->failed = step(in);
	if (in->io.out_n == n && in->failed < 0) {
		set_error(in, in->failed);
		return -EIO;
	}
	return (ssize_t)(n - in->io.out_n);
}

static int open_fd(struct zfile *in, const char *path)
{
	in->fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0 || fstat(in->fd, &in->stat) < 0)
		return -errno;
	if (S_ISDIR(in->stat.st_mode))
		return -EISDIR;
	posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return fill_peek(in);
}

int zfile_open(struct zfile **out, const char *path)
{
	struct zfile *in = calloc(1, sizeof(*in));
	int r;

	if (!in)
		return -ENOMEM;
	in->fd = -1;
	r = open_fd(in, path);
	if (r == 0)
		r = start_decoder(in);
	if (r < 0)
		zfile_close(in);
	else
		*out = in;
	return r;
}

void zfile_close(struct zfile *in)
{
	if (!in)
		return;
	if (in->state)
		in->ops->close(in->state);
	if (in->fd >= 0)
		close(in->fd);
	free(in->block);
	free(in);
}

ssize_t zfile_read(struct zfile *in, void *buf, size_t n)
{
	ssize_t r;

	if (in->ops)
		return read_decoded(in, buf, n);
	r = read_file(in, buf, n);
	if (r < 0)
		set_error(in, (int)r);
	return r;
}

const char *zfile_error(const struct zfile *in)
{
	return in->error;
}

bool zfile_packed(const struct zfile *in)
{
	return in->ops != NULL;
}

uint64_t zfile_position(const struct zfile *in)
{
	return in->position;
}

uint64_t zfile_size(const struct zfile *in)
{
	return S_ISREG(in->stat.st_mode) && in->stat.st_size > 0 ? (uint64_t)in->stat.st_size : 0;
}

int64_t zfile_mtime(const struct zfile *in)
{
	if (!S_ISREG(in->stat.st_mode))
		return 0;
	return (int64_t)in->stat.st_mtim.tv_sec * UNITS_SECOND + in->stat.st_mtim.tv_nsec / 1000;
}
