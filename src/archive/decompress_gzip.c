/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "decompress.h"

/* zlib counts in unsigned. */
static unsigned part(size_t n)
{
	return n < 1U << 30 ? (unsigned)n : 1U << 30;
}

static bool gzip_begins(const unsigned char *head, size_t n)
{
	return n >= 2 && memcmp(head, "\x1f\x8b", 2) == 0;
}

static int gzip_open(void **state)
{
	z_stream *z = calloc(1, sizeof(*z));

	/* 16: gzip's header and checksum; 15: its largest window */
	if (!z || inflateInit2(z, 16 + 15) != Z_OK) {
		free(z);
		return -ENOMEM;
	}
	*state = z;
	return 0;
}

static int gzip_step(void *state, struct decompress_io *io)
{
	z_stream *z = state;
	unsigned in = part(io->in_n), out = part(io->out_n);
	int r;

	z->next_in = (unsigned char *)io->in;
	z->avail_in = in;
	z->next_out = io->out;
	z->avail_out = out;
	r = inflate(z, Z_NO_FLUSH);
	io->in += in - z->avail_in;
	io->in_n -= in - z->avail_in;
	io->out += out - z->avail_out;
	io->out_n -= out - z->avail_out;
	if (r == Z_STREAM_END)
		return DECOMPRESS_END;
	return r == Z_OK || r == Z_BUF_ERROR ? DECOMPRESS_MORE : -EIO;
}

static int gzip_again(void *state)
{
	return inflateReset(state) == Z_OK ? 0 : -EIO;
}

static void gzip_close(void *state)
{
	inflateEnd(state);
	free(state);
}

const struct decompress_ops decompress_gzip = {
	.format = "gzip",
	.begins = gzip_begins,
	.open = gzip_open,
	.step = gzip_step,
	.again = gzip_again,
	.close = gzip_close,
};
