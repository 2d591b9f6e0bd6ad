/* SPDX-License-Identifier: MIT */
#include "source/tail_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "logline/line_buffer.h"
#include "util/siphash.h"

/* Fixed key: used to tell files apart, not as a defence against collisions. */
static const struct seed place_seed = { 0x72656c617964616dULL, 1 };

int tail_file_open(const char *path)
{
	/* O_NONBLOCK: a FIFO of that name must not block the loop. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int tail_file_new(struct tail_file **out, int fd)
{
	struct tail_file *file = calloc(1, sizeof(*file));
	struct stat st = { 0 };
	int r = -ENOMEM;

	if (!file) {
		close(fd);
		return r;
	}
	file->fd = fd;
	r = line_buffer_new(&file->lines);
	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	else if (r == 0 && !S_ISREG(st.st_mode))
		r = -EINVAL;
	if (r < 0) {
		tail_file_free(file);
		return r;
	}
	file->device = file->place_device = st.st_dev;
	file->inode = file->place_inode = st.st_ino;
	*out = file;
	return 0;
}

void tail_file_free(struct tail_file *file)
{
	if (!file)
		return;
	close(file->fd);
	line_buffer_free(file->lines);
	free(file);
}

static size_t tail_size(uint64_t offset)
{
	return offset < TAIL_FILE_TAIL ? (size_t)offset : TAIL_FILE_TAIL;
}

static bool read_tail(int fd, uint64_t offset, char *tail)
{
	size_t n = tail_size(offset);

	return pread(fd, tail, n, (off_t)(offset - n)) == (ssize_t)n;
}

bool tail_file_matches(int fd, const struct tail_place *place)
{
	char tail[TAIL_FILE_TAIL];

	if (place->offset == 0)
		return true;
	return place->offset <= INT64_MAX && read_tail(fd, place->offset, tail) &&
	       siphash(&place_seed, tail, tail_size(place->offset)) == place->hash;
}

bool tail_file_same_start(int copy, int fd)
{
	char first[TAIL_FILE_TAIL], second[TAIL_FILE_TAIL];
	ssize_t n = pread(copy, first, sizeof(first), 0), m = pread(fd, second, sizeof(second), 0);

	return n <= 0 || (m > 0 && memcmp(first, second, (size_t)(n < m ? n : m)) == 0);
}

int tail_file_seek(struct tail_file *file, uint64_t offset)
{
	char tail[TAIL_FILE_TAIL] = { 0 };
	size_t n = tail_size(offset);

	if (offset > INT64_MAX || !read_tail(file->fd, offset, tail))
		return -ESTALE;
	memcpy(file->tail, tail, n);
	file->tail_n = n;
	file->tail_at = file->read = offset;
	line_buffer_restart(file->lines, n > 0 && tail[n - 1] != '\n' && tail[n - 1] != '\0');
	return 0;
}

void tail_file_restart(struct tail_file *file)
{
	file->tail_n = 0;
	file->tail_at = file->read = 0;
	line_buffer_restart(file->lines, false);
}

/* Advances the tail to the place, while the bytes are in the buffer. */
static void update_tail(struct tail_file *file)
{
	struct span given = line_buffer_given(file->lines);
	size_t left = line_buffer_left(file->lines), keep, n;

	if (left > file->read)
		return; /* the place is in the file before this one */
	n = (size_t)(file->read - left - file->tail_at);
	n = n < given.n ? n : given.n;
	n = n < TAIL_FILE_TAIL ? n : TAIL_FILE_TAIL;
	keep = TAIL_FILE_TAIL - n;
	keep = keep < file->tail_n ? keep : file->tail_n;
	memmove(file->tail, file->tail + file->tail_n - keep, keep);
	memcpy(file->tail + keep, given.p + given.n - n, n);
	file->tail_n = keep + n;
	file->tail_at = file->read - left;
}

/*
 * A writer without O_APPEND goes on at its old offset after a truncation and leaves a hole. Returns the offset of the first byte
 * other than NUL; 0 if that is at the start, or there is none yet.
 */
static uint64_t hole_end(int fd)
{
	char block[4096];
	off_t at = lseek(fd, 0, SEEK_DATA);
	ssize_t n = at < 0 ? 0 : pread(fd, block, sizeof(block), at);

	for (ssize_t i = 0; i < n; i++)
		if (block[i] != '\0')
			return (uint64_t)(at + i);
	return 0;
}

static int skip_hole(struct tail_file *file)
{
	char first = 1;
	uint64_t end;

	if (pread(file->fd, &first, 1, 0) != 1 || first != '\0' || tail_file_held(file) > 0)
		return 0;
	end = hole_end(file->fd);
	return end > 0 ? tail_file_seek(file, end) : 0;
}

int tail_file_fill(struct tail_file *file)
{
	char known[TAIL_FILE_TAIL + LINE_BUFFER_LINE];
	size_t left = line_buffer_left(file->lines), own, n;
	struct iovec parts[2];
	char *space;
	ssize_t got;

	if (file->read == 0 && skip_hole(file) < 0)
		return -ESTALE;
	update_tail(file);
	own = left < file->read ? left : (size_t)file->read; /* without what was inherited */
	n = own + (left <= file->read ? file->tail_n : 0);
	space = line_buffer_space(file->lines);
	parts[0] = (struct iovec){ known, n };
	parts[1] = (struct iovec){ space, LINE_BUFFER_BLOCK };
	got = preadv(file->fd, parts, 2, (off_t)(file->read - n));
	if (got < 0)
		return -errno;
	if ((size_t)got < n || memcmp(known, file->tail, n - own) != 0 ||
	    memcmp(known + n - own, space - own, own) != 0)
		return -ESTALE;
	got -= (ssize_t)n;
	line_buffer_added(file->lines, (size_t)got);
	file->read += (uint64_t)got;
	return (int)got;
}

int tail_file_next(struct tail_file *file, struct span *line)
{
	return line_buffer_next(file->lines, line);
}

size_t tail_file_held(const struct tail_file *file)
{
	return line_buffer_left(file->lines);
}

void tail_file_inherit(struct tail_file *file, struct tail_file *old)
{
	size_t n = tail_file_held(old);

	if (n == 0 || file->read > 0)
		return;
	file->before = tail_file_place(old);
	memcpy(line_buffer_space(file->lines), line_buffer_space(old->lines) - n, n);
	line_buffer_added(file->lines, n);
	line_buffer_restart(old->lines, true);
	old->tail_n = 0;
	tail_file_seek(old, old->read);
}

struct tail_place tail_file_place_unhashed(const struct tail_file *file)
{
	size_t left = line_buffer_left(file->lines);

	if (left > file->read)
		return file->before;
	return (struct tail_place){
		.device = file->place_device,
		.inode = file->place_inode,
		.offset = file->read - left,
	};
}

struct tail_place tail_file_place(struct tail_file *file)
{
	struct tail_place place = tail_file_place_unhashed(file);

	if (line_buffer_left(file->lines) > file->read)
		return place;
	update_tail(file);
	place.hash = siphash(&place_seed, file->tail, file->tail_n);
	return place;
}

uint64_t tail_file_lag(const struct tail_file *file)
{
	struct stat st;

	if (fstat(file->fd, &st) < 0 || (uint64_t)st.st_size <= file->read)
		return 0;
	return (uint64_t)st.st_size - file->read;
}

uint64_t tail_file_cut(const struct tail_file *file)
{
	return line_buffer_cut(file->lines);
}
