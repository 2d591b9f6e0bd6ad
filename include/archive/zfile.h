/* SPDX-License-Identifier: MIT */
/*
 * zfile: an archived log, plain or compressed, as a stream of bytes.
 *
 * Reads gzip, bzip2, xz and zstd, recognised by the first bytes, not by the name; see decompress.h. All that a decoder
 * produced before damage is returned before the error.
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

/* Returns the number of bytes read, 0 at the end, or -errno; see zfile_error(). */
ssize_t zfile_read(struct zfile *in, void *buf, size_t n);

/* Returns a description of the error, valid until zfile_close(). */
const char *zfile_error(const struct zfile *in);

/* Is the file compressed? */
bool zfile_packed(const struct zfile *in);

/* For a progress bar: bytes of the file itself that were read, and its size, 0 if unknown. */
uint64_t zfile_position(const struct zfile *in);
uint64_t zfile_size(const struct zfile *in);

/* Returns the time of the last change in microseconds since 1970; 0 if unknown. */
int64_t zfile_mtime(const struct zfile *in);

#endif
