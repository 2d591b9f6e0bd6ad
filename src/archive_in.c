/* SPDX-License-Identifier: MIT */
#include "archive_in.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
	PEEK = 8,
	BLOCK = 256 * 1024,
};

struct archive_in {
	int fd;
	size_t peeked, given; /* bytes of peek[] that there are, and that were handed on */
	char peek[PEEK];
	struct stat stat;
	uint64_t position;
	bool packed;  /* by gzip: the rest is for zlib */
	bool started; /* inside a member: the end of the file is damage */
	z_stream z;
	unsigned char *block;
	char error[160];
};

static ssize_t read_some(int fd, void *buf, size_t n)
{
	ssize_t r;

	do
		r = read(fd, buf, n);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

/* The file's own bytes, those that were peeked at first. */
static ssize_t read_file(struct archive_in *in, void *buf, size_t n)
{
	ssize_t r;

	if (in->given < in->peeked) {
		size_t left = in->peeked - in->given;

		n = n < left ? n : left;
		memcpy(buf, in->peek + in->given, n);
		in->given += n;
		return (ssize_t)n;
	}
	r = read_some(in->fd, buf, n);
	if (r > 0)
		in->position += (uint64_t)r;
	return r;
}

static int fill_peek(struct archive_in *in)
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

static int start_unpacking(struct archive_in *in)
{
	in->block = malloc(BLOCK);
	/* 16: gzip's header and checksum; 15: its largest window */
	if (!in->block || inflateInit2(&in->z, 16 + 15) != Z_OK)
		return -ENOMEM;
	in->packed = true;
	in->started = true;
	return 0;
}

/* Fills zlib's input when it is empty. Returns 1, 0 at the end of the file, or -errno. */
static int refill(struct archive_in *in)
{
	ssize_t n;

	if (in->z.avail_in > 0)
		return 1;
	n = read_file(in, in->block, BLOCK);
	if (n < 0) {
		snprintf(in->error, sizeof(in->error), "%s", strerror((int)-n));
		return (int)n;
	}
	in->z.next_in = in->block;
	in->z.avail_in = (unsigned)n;
	return n > 0;
}

static ssize_t damaged(struct archive_in *in, const char *what)
{
	snprintf(in->error, sizeof(in->error), "the gzip data is %s", what);
	return -EIO;
}

/* Behind a member: another one, or padding that nobody wants, as gzip itself sees it. */
static int next_member(struct archive_in *in)
{
	int r = refill(in);

	in->started = false;
	if (r <= 0)
		return r;
	if (in->z.next_in[0] != 0x1f)
		return 0;
	inflateReset(&in->z);
	in->started = true;
	return 1;
}

static ssize_t read_packed(struct archive_in *in, void *buf, size_t n)
{
	unsigned room = n < BLOCK ? (unsigned)n : BLOCK;
	int r;

	in->z.next_out = buf;
	in->z.avail_out = room;
	while (in->started && in->z.avail_out == room) {
		r = refill(in);
		if (r < 0)
			return r;
		if (r == 0)
			return damaged(in, "cut short");
		r = inflate(&in->z, Z_NO_FLUSH);
		if (r == Z_STREAM_END) {
			r = next_member(in);
			if (r < 0)
				return r;
		} else if (r != Z_OK && r != Z_BUF_ERROR && in->z.avail_out == room) {
			return damaged(in, "damaged");
		}
	}
	return (ssize_t)(room - in->z.avail_out);
}

static int open_fd(struct archive_in *in, const char *path)
{
	in->fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0 || fstat(in->fd, &in->stat) < 0)
		return -errno;
	if (S_ISDIR(in->stat.st_mode))
		return -EISDIR;
	posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return fill_peek(in);
}

int archive_in_open(struct archive_in **out, const char *path)
{
	struct archive_in *in = calloc(1, sizeof(*in));
	int r;

	if (!in)
		return -ENOMEM;
	in->fd = -1;
	r = open_fd(in, path);
	if (r == 0 && in->peeked >= 2 && memcmp(in->peek, "\x1f\x8b", 2) == 0)
		r = start_unpacking(in);
	if (r < 0)
		archive_in_close(in);
	else
		*out = in;
	return r;
}

void archive_in_close(struct archive_in *in)
{
	if (!in)
		return;
	if (in->packed)
		inflateEnd(&in->z);
	if (in->fd >= 0)
		close(in->fd);
	free(in->block);
	free(in);
}

ssize_t archive_in_read(struct archive_in *in, void *buf, size_t n)
{
	ssize_t r;

	if (in->packed)
		return read_packed(in, buf, n);
	r = read_file(in, buf, n);
	if (r < 0)
		snprintf(in->error, sizeof(in->error), "%s", strerror((int)-r));
	return r;
}

const char *archive_in_error(const struct archive_in *in)
{
	return in->error;
}

uint64_t archive_in_position(const struct archive_in *in)
{
	return in->position;
}

uint64_t archive_in_size(const struct archive_in *in)
{
	return S_ISREG(in->stat.st_mode) && in->stat.st_size > 0 ? (uint64_t)in->stat.st_size : 0;
}

int64_t archive_in_mtime(const struct archive_in *in)
{
	if (!S_ISREG(in->stat.st_mode))
		return 0;
	return (int64_t)in->stat.st_mtim.tv_sec * 1000000 + in->stat.st_mtim.tv_nsec / 1000;
}
