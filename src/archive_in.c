/* SPDX-License-Identifier: MIT */
#include "archive_in.h"

#include <archive.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PEEK = 8,
	BLOCK = 256 * 1024,
};

/* The part of libarchive that is used, filled by dlsym(). */
static struct {
	void *handle;
	struct archive *(*new)(void);
	int (*free)(struct archive *);
	int (*gzip)(struct archive *);
	int (*raw)(struct archive *);
	int (*empty)(struct archive *);
	int (*open)(struct archive *, void *, archive_open_callback *, archive_read_callback *,
		    archive_close_callback *);
	int (*next)(struct archive *, struct archive_entry **);
	la_ssize_t (*data)(struct archive *, void *, size_t);
	const char *(*error)(struct archive *);
} lib;

struct archive_in {
	int fd;
	size_t peeked, given; /* bytes of peek[] that there are, and that were handed on */
	char peek[PEEK];
	struct stat stat;
	uint64_t position;
	struct archive *archive; /* NULL: plain */
	char *block;
	char error[160];
};

static int load(const char *name, void *function)
{
	void *symbol = dlsym(lib.handle, name);

	if (!symbol)
		return -ENOSYS;
	memcpy(function, &symbol, sizeof(symbol));
	return 0;
}

static int load_library(void)
{
	if (lib.handle)
		return 0;
	lib.handle = dlopen("libarchive.so.13", RTLD_NOW);
	if (!lib.handle)
		return -ENOSYS;
	if (load("archive_read_new", &lib.new) < 0 || load("archive_read_free", &lib.free) < 0 ||
	    load("archive_read_support_filter_gzip", &lib.gzip) < 0 ||
	    load("archive_read_support_format_raw", &lib.raw) < 0 ||
	    load("archive_read_support_format_empty", &lib.empty) < 0 ||
	    load("archive_read_open", &lib.open) < 0 ||
	    load("archive_read_next_header", &lib.next) < 0 ||
	    load("archive_read_data", &lib.data) < 0 ||
	    load("archive_error_string", &lib.error) < 0)
		return -ENOSYS;
	return 0;
}

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

static la_ssize_t feed_library(struct archive *archive, void *context, const void **block)
{
	struct archive_in *in = context;

	(void)archive;
	*block = in->block;
	return read_file(in, in->block, BLOCK);
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
	struct archive_entry *entry;
	int r = load_library();

	if (r < 0)
		return r;
	in->block = malloc(BLOCK);
	in->archive = lib.new();
	if (!in->block || !in->archive)
		return -ENOMEM;
	lib.gzip(in->archive);
	lib.raw(in->archive);
	lib.empty(in->archive);
	if (lib.open(in->archive, in, NULL, feed_library, NULL) != ARCHIVE_OK)
		return -EIO;
	r = lib.next(in->archive, &entry);
	return r == ARCHIVE_OK || r == ARCHIVE_EOF ? 0 : -EIO;
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
	if (in->archive)
		lib.free(in->archive);
	if (in->fd >= 0)
		close(in->fd);
	free(in->block);
	free(in);
}

ssize_t archive_in_read(struct archive_in *in, void *buf, size_t n)
{
	const char *words;
	ssize_t r;

	if (!in->archive) {
		r = read_file(in, buf, n);
		if (r < 0)
			snprintf(in->error, sizeof(in->error), "%s", strerror((int)-r));
		return r;
	}
	r = lib.data(in->archive, buf, n);
	if (r >= 0)
		return r;
	words = lib.error(in->archive);
	snprintf(in->error, sizeof(in->error), "%s", words ? words : "damaged");
	return -EIO;
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
