/* SPDX-License-Identifier: MIT */
#include "decompress.h"

#include <errno.h>

#include "util/array.h"

/* A new format goes here, and into a decompress_FORMAT.c of its own. */
static const struct decompress_ops *const formats[] = {
	&decompress_gzip,
	&decompress_bzip2,
	&decompress_xz,
	&decompress_zstd,
};

int decompress_open(const struct decompress_ops **ops, void **state, const unsigned char *head,
		    size_t n)
{
	*ops = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (!formats[i]->begins(head, n))
			continue;
		*ops = formats[i];
		return formats[i]->open(state);
	}
	return 0;
}
