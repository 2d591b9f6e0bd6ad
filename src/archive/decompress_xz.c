/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "decompress.h"

static bool xz_begins(const unsigned char *head, size_t n)
{
	static const unsigned char magic[] = { 0xfd, '7', 'z', 'X', 'Z', 0 };

	return n >= sizeof(magic) && memcmp(head, magic, sizeof(magic)) == 0;
}

static int xz_again(void *state)
{
	return lzma_stream_decoder(state, DECOMPRESS_MEMORY, 0) == LZMA_OK ? 0 : -ENOMEM;
}

static void xz_close(void *state)
{
	lzma_end(state);
	free(state);
}

static int xz_open(void **state)
{
	lzma_stream *stream = calloc(1, sizeof(*stream)); /* zeros: LZMA_STREAM_INIT */
	int r = stream ? xz_again(stream) : -ENOMEM;

	if (r == 0)
		*state = stream;
	else if (stream)
		xz_close(stream);
	return r;
}

static int xz_step(void *state, struct decompress_io *io)
{
	lzma_stream *stream = state;
	lzma_ret r;

	stream->next_in = io->in;
	stream->avail_in = io->in_n;
	stream->next_out = io->out;
	stream->avail_out = io->out_n;
	r = lzma_code(stream, LZMA_RUN);
	io->in = stream->next_in;
	io->in_n = stream->avail_in;
	io->out = stream->next_out;
	io->out_n = stream->avail_out;
	if (r == LZMA_STREAM_END)
		return DECOMPRESS_END;
	if (r == LZMA_MEMLIMIT_ERROR)
		return -E2BIG;
	/* LZMA_BUF_ERROR: two calls in succession without progress */
	return r == LZMA_OK || r == LZMA_BUF_ERROR ? DECOMPRESS_MORE : -EIO;
}

const struct decompress_ops decompress_xz = {
	.format = "xz",
	.begins = xz_begins,
	.open = xz_open,
	.step = xz_step,
	.again = xz_again,
	.close = xz_close,
};
