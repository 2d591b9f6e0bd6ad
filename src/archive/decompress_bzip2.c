/* SPDX-License-Identifier: MIT */
#include <bzlib.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decompress.h"

struct bzip2 {
	bz_stream stream;
	bool begun;
};

/* bzlib counts in unsigned. */
static unsigned part(size_t n)
{
	return n < 1U << 30 ? (unsigned)n : 1U << 30;
}

static bool bzip2_begins(const unsigned char *head, size_t n)
{
	return n >= 4 && memcmp(head, "BZh", 3) == 0 && head[3] >= '1' && head[3] <= '9';
}

static int bzip2_again(void *state)
{
	struct bzip2 *bzip2 = state;

	if (bzip2->begun)
		BZ2_bzDecompressEnd(&bzip2->stream);
	bzip2->begun = BZ2_bzDecompressInit(&bzip2->stream, 0, 0) == BZ_OK;
	return bzip2->begun ? 0 : -ENOMEM;
}

static void bzip2_close(void *state)
{
	struct bzip2 *bzip2 = state;

	if (bzip2->begun)
		BZ2_bzDecompressEnd(&bzip2->stream);
	free(bzip2);
}

static int bzip2_open(void **state)
{
	struct bzip2 *bzip2 = calloc(1, sizeof(*bzip2));
	int r = bzip2 ? bzip2_again(bzip2) : -ENOMEM;

	if (r < 0)
		free(bzip2);
	else
		*state = bzip2;
	return r;
}

static int bzip2_step(void *state, struct decompress_io *io)
{
	struct bzip2 *bzip2 = state;
	bz_stream *stream = &bzip2->stream;
	unsigned in = part(io->in_n), out = part(io->out_n);
	int r;

	stream->next_in = (char *)io->in;
	stream->avail_in = in;
	stream->next_out = (char *)io->out;
	stream->avail_out = out;
	r = BZ2_bzDecompress(stream);
	io->in += in - stream->avail_in;
	io->in_n -= in - stream->avail_in;
	io->out += out - stream->avail_out;
	io->out_n -= out - stream->avail_out;
	if (r == BZ_STREAM_END)
		return DECOMPRESS_END;
	return r == BZ_OK ? DECOMPRESS_MORE : -EIO;
}

const struct decompress_ops decompress_bzip2 = {
	.format = "bzip2",
	.begins = bzip2_begins,
	.open = bzip2_open,
	.step = bzip2_step,
	.again = bzip2_again,
	.close = bzip2_close,
};
