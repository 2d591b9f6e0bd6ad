/* SPDX-License-Identifier: MIT */
/*
 * zfile: an archived log, plain or compressed, as a stream of bytes.
 *
 * gzip, bzip2, xz and zstd, told by the first bytes, not by the name; see decompress.h. All that a
 * decoder could read is handed out before it is said that the file is damaged.
 */
#ifndef RELAYDAM_ARCHIVE_ZFILE_H
#define RELAYDAM_ARCHIVE_ZFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct zfile;

/* "-" is standard input. Returns 0 and sets *out (free with zfile_close()), or -errno. */
int zfile_open(struct zfile **out, const char *path);
void zfile_close(struct zfile *in);

/* Returns the bytes read, 0 at the end, or -errno; see zfile_error(). */
ssize_t zfile_read(struct zfile *in, void *buf, size_t n);

/* What went wrong, in words. */
const char *zfile_error(const struct zfile *in);

/* Whether the file is compressed. */
bool zfile_packed(const struct zfile *in);

/* Bytes of the file itself, for a progress bar; size is 0 where it is not known. */
uint64_t zfile_position(const struct zfile *in);
uint64_t zfile_size(const struct zfile *in);

/* Microseconds since 1970; 0 where it is not known. */
int64_t zfile_mtime(const struct zfile *in);

#endif
