/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "decompress.h"

enum { FIRST_BYTES = 5 }; /* of a frame: they hold the length of its header */

struct zstd {
	ZSTD_DStream *stream;
	size_t wanted; /* bytes of input that the next call may get */
};

static bool zstd_begins(const unsigned char *head, size_t n)
{
	/* a frame, or a skippable frame, with which pzstd begins */
	return n >= 4 && (memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0 ||
			  (head[0] >> 4 == 5 && memcmp(head + 1, "\x2a\x4d\x18", 3) == 0));
}

static void zstd_close(void *state)
{
	struct zstd *zstd = state;

	ZSTD_freeDStream(zstd->stream);
	free(zstd);
}

static int zstd_again(void *state)
{
	struct zstd *zstd = state;

	zstd->wanted = FIRST_BYTES;
	return ZSTD_isError(ZSTD_initDStream(zstd->stream)) ? -ENOMEM : 0;
}

static int zstd_open(void **state)
{
	struct zstd *zstd = calloc(1, sizeof(*zstd));
	int r;

	if (!zstd)
		return -ENOMEM;
	zstd->stream = ZSTD_createDStream();
	r = zstd->stream ? zstd_again(zstd) : -ENOMEM;
	if (r < 0)
		zstd_close(zstd);
	else
		*state = zstd;
	return r;
}

/*
 * Passes at most the input that zstd asked for, which is one block: a call that fails does not report how much output it
 * wrote.
 */
static int zstd_step(void *state, struct decompress_io *io)
{
	struct zstd *zstd = state;
	ZSTD_inBuffer in = { io->in, io->in_n < zstd->wanted ? io->in_n : zstd->wanted, 0 };
	ZSTD_outBuffer out = { io->out, io->out_n, 0 };
	size_t r = ZSTD_decompressStream(zstd->stream, &out, &in);

	io->in += in.pos;
	io->in_n -= in.pos;
	io->out += out.pos;
	io->out_n -= out.pos;
	if (ZSTD_isError(r))
		return ZSTD_getErrorCode(r) == ZSTD_error_frameParameter_windowTooLarge ? -E2BIG
											: -EIO;
	zstd->wanted = r;
	return r == 0 ? DECOMPRESS_END : DECOMPRESS_MORE;
}

const struct decompress_ops decompress_zstd = {
	.format = "zstd",
	.begins = zstd_begins,
	.open = zstd_open,
	.step = zstd_step,
	.again = zstd_again,
	.close = zstd_close,
};
