/* SPDX-License-Identifier: MIT */
/*
 * decompress: the decoders of zfile, one struct decompress_ops per format. A file's first bytes select the decoder, not its
 * name.
 *
 * The formats' own libraries, not libarchive: that one discards up to 64 KiB of good data before the position at which a
 * file is damaged.
 */
#ifndef RELAYDAM_ARCHIVE_DECOMPRESS_H
#define RELAYDAM_ARCHIVE_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>

/* The remaining input and the remaining room for output. step() advances both. */
struct decompress_io {
	const unsigned char *in;
	size_t in_n;
	unsigned char *out;
	size_t out_n;
};

enum decompress_step {
	DECOMPRESS_MORE = 0,
	DECOMPRESS_END = 1, /* of a member; the input behind it is untouched */
};

struct decompress_ops {
	const char *format; /* "gzip", for messages */
	/* Whether a file with these first n bytes has this format. */
	bool (*begins)(const unsigned char *head, size_t n);
	/* Returns 0 and sets *state (free with close()), or -ENOMEM. */
	int (*open)(void **state);
	/*
	 * Returns an enum decompress_step, -EIO for damaged data, or -E2BIG if decoding would need more than
	 * DECOMPRESS_MEMORY. Also on failure, `io` holds the output that precedes the damage. A call that consumes no
	 * input and produces no output needs more input.
	 */
	int (*step)(void *state, struct decompress_io *io);
	/* Prepares for the next member of the same file. Returns 0 or -errno. */
	int (*again)(void *state);
	void (*close)(void *state);
};

/* Bytes. xz -9 needs 65 MiB, zstd without --long up to 128 MiB. */
#define DECOMPRESS_MEMORY (256U << 20)

/*
 * Opens the decoder for a file with these first n bytes. Returns 0 and sets *ops and *state (free with ops->close()); *ops is NULL
 * if the file is not compressed. Returns -ENOMEM otherwise.
 */
int decompress_open(const struct decompress_ops **ops, void **state, const unsigned char *head,
		    size_t n);

extern const struct decompress_ops decompress_gzip, decompress_bzip2, decompress_xz,
	decompress_zstd;

#endif
