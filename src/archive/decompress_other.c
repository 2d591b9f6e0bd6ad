/* SPDX-License-Identifier: MIT */
/* bzip2, xz and zstd, each by its own library. */
#include <bzlib.h>
#include <dlfcn.h>
#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "decompress.h"

struct bz {
	void *library;
	union {
		void *functions[3];
		struct {
			__typeof__(BZ2_bzDecompressInit) *init;
			__typeof__(BZ2_bzDecompress) *decompress;
			__typeof__(BZ2_bzDecompressEnd) *end;
		};
	};
	bz_stream s;
	bool begun;
};

static bool bz_begins(const unsigned char *head, size_t n)
{
	return n >= 4 && memcmp(head, "BZh", 3) == 0 && head[3] >= '1' && head[3] <= '9';
}

static void bz_close(void *state)
{
	struct bz *bz = state;

	if (bz->begun)
		bz->end(&bz->s);
	dlclose(bz->library);
	free(bz);
}

static int bz_again(void *state)
{
	struct bz *bz = state;

	if (bz->begun)
		bz->end(&bz->s);
	bz->begun = bz->init(&bz->s, 0, 0) == BZ_OK;
	return bz->begun ? 0 : -ENOMEM;
}

static int bz_open(void **state)
{
	static const char *const names[] = { "BZ2_bzDecompressInit", "BZ2_bzDecompress",
					     "BZ2_bzDecompressEnd" };
	struct bz *bz = calloc(1, sizeof(*bz));
	int r;

	if (!bz)
		return -ENOMEM;
	bz->library = decompress_load("libbz2.so.1.0", names, bz->functions, 3);
	if (!bz->library) {
		free(bz);
		return -ENOPKG;
	}
	r = bz_again(bz);
	if (r < 0)
		bz_close(bz);
	else
		*state = bz;
	return r;
}

static int bz_step(void *state, struct decompress_io *io)
{
	struct bz *bz = state;
	unsigned in = io->in_n < 1U << 30 ? (unsigned)io->in_n : 1U << 30;
	unsigned out = io->out_n < 1U << 30 ? (unsigned)io->out_n : 1U << 30;
	int r;

	bz->s.next_in = (char *)io->in;
	bz->s.avail_in = in;
	bz->s.next_out = (char *)io->out;
	bz->s.avail_out = out;
	r = bz->decompress(&bz->s);
	io->in += in - bz->s.avail_in;
	io->in_n -= in - bz->s.avail_in;
	io->out += out - bz->s.avail_out;
	io->out_n -= out - bz->s.avail_out;
	if (r == BZ_STREAM_END)
		return DECOMPRESS_END;
	return r == BZ_OK ? DECOMPRESS_MORE : -EIO;
}

const struct decompress_ops unpack_bzip2 = {
	.format = "bzip2",
	.package = "libbz2-1.0",
	.begins = bz_begins,
	.open = bz_open,
	.step = bz_step,
	.again = bz_again,
	.close = bz_close,
};

struct xz {
	void *library;
	union {
		void *functions[3];
		struct {
			__typeof__(lzma_stream_decoder) *decoder;
			__typeof__(lzma_code) *code;
			__typeof__(lzma_end) *end;
		};
	};
	lzma_stream s;
};

static bool xz_begins(const unsigned char *head, size_t n)
{
	return n >= 6 && memcmp(head,
				"\xfd"
				"7zXZ",
				6) == 0;
}

static void xz_close(void *state)
{
	struct xz *xz = state;

	xz->end(&xz->s);
	dlclose(xz->library);
	free(xz);
}

static int xz_again(void *state)
{
	struct xz *xz = state;

	return xz->decoder(&xz->s, DECOMPRESS_MEMORY, 0) == LZMA_OK ? 0 : -ENOMEM;
}

static int xz_open(void **state)
{
	static const char *const names[] = { "lzma_stream_decoder", "lzma_code", "lzma_end" };
	struct xz *xz = calloc(1, sizeof(*xz));
	int r;

	if (!xz)
		return -ENOMEM;
	xz->library = decompress_load("liblzma.so.5", names, xz->functions, 3);
	if (!xz->library) {
		free(xz);
		return -ENOPKG;
	}
	r = xz_again(xz);
	if (r < 0)
		xz_close(xz);
	else
		*state = xz;
	return r;
}

static int xz_step(void *state, struct decompress_io *io)
{
	struct xz *xz = state;
	lzma_ret r;

	xz->s.next_in = io->in;
	xz->s.avail_in = io->in_n;
	xz->s.next_out = io->out;
	xz->s.avail_out = io->out_n;
	r = xz->code(&xz->s, LZMA_RUN);
	io->in = xz->s.next_in;
	io->in_n = xz->s.avail_in;
	io->out = xz->s.next_out;
	io->out_n = xz->s.avail_out;
	if (r == LZMA_STREAM_END)
		return DECOMPRESS_END;
	if (r == LZMA_MEMLIMIT_ERROR)
		return -E2BIG;
	/* LZMA_BUF_ERROR: no input twice in a row */
	return r == LZMA_OK || r == LZMA_BUF_ERROR ? DECOMPRESS_MORE : -EIO;
}

const struct decompress_ops unpack_xz = {
	.format = "xz",
	.package = "liblzma5",
	.begins = xz_begins,
	.open = xz_open,
	.step = xz_step,
	.again = xz_again,
	.close = xz_close,
};

enum { ZSTD_FIRST_BYTES = 5 }; /* of a frame: they tell how long its header is */

struct zstd {
	void *library;
	union {
		void *functions[6];
		struct {
			__typeof__(ZSTD_createDStream) *create;
			__typeof__(ZSTD_initDStream) *init;
			__typeof__(ZSTD_decompressStream) *decompress;
			__typeof__(ZSTD_freeDStream) *free;
			__typeof__(ZSTD_isError) *is_error;
			__typeof__(ZSTD_getErrorCode) *error_code;
		};
	};
	ZSTD_DStream *s;
	size_t wanted;
};

static bool zstd_begins(const unsigned char *head, size_t n)
{
	/* a frame, or one that is to be skipped, as pzstd puts first */
	return n >= 4 && (memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0 ||
			  (head[0] >> 4 == 5 && memcmp(head + 1, "\x2a\x4d\x18", 3) == 0));
}

static void zstd_close(void *state)
{
	struct zstd *zstd = state;

	zstd->free(zstd->s);
	dlclose(zstd->library);
	free(zstd);
}

static int zstd_again(void *state)
{
	struct zstd *zstd = state;

	zstd->wanted = ZSTD_FIRST_BYTES;
	return zstd->is_error(zstd->init(zstd->s)) ? -ENOMEM : 0;
}

static int zstd_open(void **state)
{
	static const char *const names[] = { "ZSTD_createDStream",    "ZSTD_initDStream",
					     "ZSTD_decompressStream", "ZSTD_freeDStream",
					     "ZSTD_isError",	      "ZSTD_getErrorCode" };
	struct zstd *zstd = calloc(1, sizeof(*zstd));
	int r;

	if (!zstd)
		return -ENOMEM;
	zstd->library = decompress_load("libzstd.so.1", names, zstd->functions, 6);
	if (!zstd->library) {
		free(zstd);
		return -ENOPKG;
	}
	zstd->s = zstd->create();
	r = zstd->s ? zstd_again(zstd) : -ENOMEM;
	if (r < 0)
		zstd_close(zstd);
	else
		*state = zstd;
	return r;
}

/*
 * No more input a call than zstd asks for, which is one block's: of a call that fails it does not
 * say what it wrote.
 */
static int zstd_step(void *state, struct decompress_io *io)
{
	struct zstd *zstd = state;
	ZSTD_inBuffer in = { io->in, io->in_n < zstd->wanted ? io->in_n : zstd->wanted, 0 };
	ZSTD_outBuffer out = { io->out, io->out_n, 0 };
	size_t r = zstd->decompress(zstd->s, &out, &in);

	io->in += in.pos;
	io->in_n -= in.pos;
	io->out += out.pos;
	io->out_n -= out.pos;
	if (zstd->is_error(r))
		return zstd->error_code(r) == ZSTD_error_frameParameter_windowTooLarge ? -E2BIG
										       : -EIO;
	zstd->wanted = r;
	return r == 0 ? DECOMPRESS_END : DECOMPRESS_MORE;
}

const struct decompress_ops unpack_zstd = {
	.format = "zstd",
	.package = "libzstd1",
	.begins = zstd_begins,
	.open = zstd_open,
	.step = zstd_step,
	.again = zstd_again,
	.close = zstd_close,
};
