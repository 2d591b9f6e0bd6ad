/* SPDX-License-Identifier: MIT */
/*
 * archive_in: an archived log, plain or compressed, as a stream of bytes.
 *
 * gzip, bzip2, xz and zstd, told by the first bytes, not by the name; see unpack.h. All that a
 * decoder could read is handed out before it is said that the file is damaged.
 */
#ifndef RELAYDAM_ARCHIVE_IN_H
#define RELAYDAM_ARCHIVE_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct archive_in;

/* "-" is standard input. Returns 0 and sets *out (free with archive_in_close()), or -errno. Where
 * the decoder's library is missing, the first read fails and says what to install. */
int archive_in_open(struct archive_in **out, const char *path);
void archive_in_close(struct archive_in *in);

/* Returns the bytes read, 0 at the end, or -errno; see archive_in_error(). */
ssize_t archive_in_read(struct archive_in *in, void *buf, size_t n);

/* What went wrong, in words. */
const char *archive_in_error(const struct archive_in *in);

/* Whether the file is compressed. */
bool archive_in_packed(const struct archive_in *in);

/* Bytes of the file itself, for a progress bar; size is 0 where it is not known. */
uint64_t archive_in_position(const struct archive_in *in);
uint64_t archive_in_size(const struct archive_in *in);

/* Microseconds since 1970; 0 where it is not known. */
int64_t archive_in_mtime(const struct archive_in *in);

#endif
