/* SPDX-License-Identifier: MIT */
/*
 * gzip by ISA-L where it is there (a third of zlib's time on logs), else by zlib. Both hand out
 * what they could read before damage.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "decompress.h"

#if __has_include(<isa-l/igzip_lib.h>)
#include <isa-l/igzip_lib.h>
#define HAVE_ISAL 1
#else
#define HAVE_ISAL 0
#endif

/* zlib counts in unsigned. */
static unsigned part(size_t n)
{
	return n < 1U << 30 ? (unsigned)n : 1U << 30;
}

static bool gzip_begins(const unsigned char *head, size_t n)
{
	return n >= 2 && memcmp(head, "\x1f\x8b", 2) == 0;
}

static int zlib_open(void **state)
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

static int zlib_step(void *state, struct decompress_io *io)
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

static int zlib_again(void *state)
{
	return inflateReset(state) == Z_OK ? 0 : -EIO;
}

static void zlib_close(void *state)
{
	inflateEnd(state);
	free(state);
}

const struct decompress_ops unpack_gzip = {
	.format = "gzip",
	.package = "zlib1g",
	.begins = gzip_begins,
	.open = zlib_open,
	.step = zlib_step,
	.again = zlib_again,
	.close = zlib_close,
};

#if HAVE_ISAL

struct isal {
	void *library;
	union {
		void *functions[3];
		struct {
			__typeof__(isal_inflate_init) *init;
			__typeof__(isal_inflate_reset) *reset;
			__typeof__(isal_inflate) *inflate;
		};
	};
	struct inflate_state s;
	bool failed;
};

static int isal_open(void **state)
{
	static const char *const names[] = { "isal_inflate_init", "isal_inflate_reset",
					     "isal_inflate" };
	struct isal *isal = calloc(1, sizeof(*isal));

	if (!isal)
		return -ENOMEM;
	isal->library = decompress_load("libisal.so.2", names, isal->functions, 3);
	if (!isal->library) {
		free(isal);
		return -ENOPKG;
	}
	isal->init(&isal->s);
	isal->s.crc_flag = ISAL_GZIP;
	*state = isal;
	return 0;
}

/* What ISA-L had decoded ahead when it came upon damage; it would keep that to itself. */
static int isal_drain(struct isal *isal, struct decompress_io *io)
{
	struct inflate_state *s = &isal->s;
	size_t n = s->tmp_out_valid > s->tmp_out_processed
			   ? (size_t)(s->tmp_out_valid - s->tmp_out_processed)
			   : 0;

	isal->failed = true;
	if (n == 0)
		return -EIO;
	n = n < io->out_n ? n : io->out_n;
	memcpy(io->out, s->tmp_out_buffer + s->tmp_out_processed, n);
	s->tmp_out_processed += (int32_t)n;
	io->out += n;
	io->out_n -= n;
	return DECOMPRESS_MORE;
}

static int isal_step(void *state, struct decompress_io *io)
{
	struct isal *isal = state;
	unsigned in = part(io->in_n), out = part(io->out_n);
	int r;

	if (isal->failed)
		return isal_drain(isal, io);
	isal->s.next_in = (unsigned char *)io->in;
	isal->s.avail_in = in;
	isal->s.next_out = io->out;
	isal->s.avail_out = out;
	r = isal->inflate(&isal->s);
	io->in += in - isal->s.avail_in;
	io->in_n -= in - isal->s.avail_in;
	io->out += out - isal->s.avail_out;
	io->out_n -= out - isal->s.avail_out;
	if (r < 0)
		return isal_drain(isal, io);
	return isal->s.block_state == ISAL_BLOCK_FINISH ? DECOMPRESS_END : DECOMPRESS_MORE;
}

static int isal_again(void *state)
{
	struct isal *isal = state;

	isal->reset(&isal->s);
	isal->s.crc_flag = ISAL_GZIP;
	return 0;
}

static void isal_close(void *state)
{
	struct isal *isal = state;

	dlclose(isal->library);
	free(isal);
}

#else

static int isal_open(void **state)
{
	(void)state;
	return -ENOPKG;
}

#endif

const struct decompress_ops unpack_gzip_isal = {
	.format = "gzip",
	.package = "libisal2",
	.begins = gzip_begins,
	.open = isal_open,
#if HAVE_ISAL
	.step = isal_step,
	.again = isal_again,
	.close = isal_close,
#endif
};
