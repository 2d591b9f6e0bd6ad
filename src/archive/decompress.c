/* SPDX-License-Identifier: MIT */
#include "decompress.h"
#include "util/array.h"

#include <dlfcn.h>
#include <errno.h>

/* Where two have the same format, the first whose library is there. */
static const struct decompress_ops *const all[] = {
	&unpack_gzip_isal, &unpack_gzip, &unpack_bzip2, &unpack_xz, &unpack_zstd,
};

int decompress_open(const struct decompress_ops **ops, void **state, const unsigned char *head,
		    size_t n)
{
	int r = 0;

	*ops = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!all[i]->begins(head, n))
			continue;
		*ops = all[i];
		r = all[i]->open(state);
		if (r != -ENOPKG)
			return r;
	}
	return r;
}

void *decompress_load(const char *library, const char *const *names, void **functions, size_t n)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; handle && i < n; i++) {
		functions[i] = dlsym(handle, names[i]);
		if (!functions[i]) {
			dlclose(handle);
			return NULL;
		}
	}
	return handle;
}
