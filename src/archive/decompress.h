/* SPDX-License-Identifier: MIT */
/*
 * decompress: the decoders behind archive_in, each a struct decompress_ops, told by a file's first bytes.
 *
 * All but zlib are loaded when the first such file comes. They are the formats' own libraries, not
 * libarchive: that throws away up to 64 KiB of good data before the place where a file is damaged.
 */
#ifndef RELAYDAM_ARCHIVE_DECOMPRESS_H
#define RELAYDAM_ARCHIVE_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>

/* What is left to read and to fill; step() moves both on. */
struct decompress_io {
	const unsigned char *in;
	size_t in_n;
	unsigned char *out;
	size_t out_n;
};

enum decompress_step {
	DECOMPRESS_MORE = 0,
	DECOMPRESS_END = 1, /* of a member; the bytes behind it are untouched */
};

struct decompress_ops {
	const char *format;  /* "gzip" */
	const char *package; /* what to install where the library is missing */
	bool (*begins)(const unsigned char *head, size_t n);
	/* Returns 0 and sets *state, -ENOPKG where the library is missing, or -ENOMEM. */
	int (*open)(void **state);
	/*
	 * Returns an decompress_step, -EIO for damage, -E2BIG where more than DECOMPRESS_MEMORY would be
	 * needed. The output before the damage is there also when it fails. With neither input nor
	 * room used up, there is nothing to be done.
	 */
	int (*step)(void *state, struct decompress_io *io);
	/* Between members. Returns 0 or -errno. */
	int (*again)(void *state);
	void (*close)(void *state);
};

/* Bytes; xz -9 wants 65 MiB, zstd up to 128 without --long. */
#define DECOMPRESS_MEMORY (256U << 20)

/*
 * The decoder for a file that begins so. Returns 0 and sets *ops (NULL: not compressed) and *state
 * (free with ops->close()); -ENOPKG (*ops is set), or -ENOMEM.
 */
int decompress_open(const struct decompress_ops **ops, void **state, const unsigned char *head,
		    size_t n);

extern const struct decompress_ops unpack_gzip_isal, unpack_gzip, unpack_bzip2, unpack_xz,
	unpack_zstd;

/* Loads a library. Returns NULL where it or one of the n functions is missing. */
void *decompress_load(const char *library, const char *const *names, void **functions, size_t n);

#endif
