/* SPDX-License-Identifier: MIT */
#include "net/libnftables.h"

#include <dlfcn.h>
#include <errno.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

enum { ERROR_LINE = 200 };

struct libnftables {
	void *library;
	struct nft_ctx *ctx;
	__typeof__(nft_ctx_new) *ctx_new;
	__typeof__(nft_ctx_free) *ctx_free;
	__typeof__(nft_ctx_buffer_output) *buffer_output;
	__typeof__(nft_ctx_buffer_error) *buffer_error;
	__typeof__(nft_ctx_get_output_buffer) *output;
	__typeof__(nft_ctx_get_error_buffer) *error;
	__typeof__(nft_ctx_output_set_flags) *flags;
	__typeof__(nft_run_cmd_from_buffer) *run;
	char message[ERROR_LINE];
};

/* dlsym() returns an object pointer. ISO C does not let it hold a function, POSIX does. */
static int load_symbols(struct libnftables *nft)
{
	const struct {
		const char *name;
		void **into;
	} symbols[] = {
		{ "nft_ctx_new", (void **)&nft->ctx_new },
		{ "nft_ctx_free", (void **)&nft->ctx_free },
		{ "nft_ctx_buffer_output", (void **)&nft->buffer_output },
		{ "nft_ctx_buffer_error", (void **)&nft->buffer_error },
		{ "nft_ctx_get_output_buffer", (void **)&nft->output },
		{ "nft_ctx_get_error_buffer", (void **)&nft->error },
		{ "nft_ctx_output_set_flags", (void **)&nft->flags },
		{ "nft_run_cmd_from_buffer", (void **)&nft->run },
	};

	nft->library = dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!nft->library)
		return -ELIBACC;
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		*symbols[i].into = dlsym(nft->library, symbols[i].name);
		if (!*symbols[i].into)
			return -ELIBACC;
	}
	return 0;
}

int libnftables_new(struct libnftables **out, const char **why)
{
	struct libnftables *nft = calloc(1, sizeof(*nft));

	*why = "out of memory";
	if (!nft)
		return -ENOMEM;
	if (load_symbols(nft) < 0) {
		*why = "libnftables.so.1 is missing: install the package libnftables1";
		libnftables_free(nft);
		return -ELIBACC;
	}
	nft->ctx = nft->ctx_new(NFT_CTX_DEFAULT);
	if (!nft->ctx || nft->buffer_output(nft->ctx) != 0 || nft->buffer_error(nft->ctx) != 0) {
		libnftables_free(nft);
		return -ENOMEM;
	}
	*out = nft;
	return 0;
}

/* The library stays loaded: it registers handlers that it never unregisters. */
void libnftables_free(struct libnftables *nft)
{
	if (nft && nft->ctx)
		nft->ctx_free(nft->ctx);
	free(nft);
}

/* The library reports errors as text only. */
static int error_of(const char *message)
{
	static const int known[] = { ENOENT, EPERM,  EACCES, EEXIST,
				     EBUSY,  ENOMEM, ENFILE, EOPNOTSUPP };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strstr(message, strerror(known[i])))
			return -known[i];
	return -EIO;
}

static void keep_message(struct libnftables *nft)
{
	const char *text = nft->error(nft->ctx);
	const char *error = text ? strstr(text, "Error: ") : NULL;

	if (error)
		text = error + strlen("Error: ");
	snprintf(nft->message, sizeof(nft->message), "%.*s", (int)strcspn(text ? text : "", "\n"),
		 text ? text : "");
}

int libnftables_text(struct libnftables *nft, const char *commands, const char **output)
{
	const char *printed;
	int r;

	nft->flags(nft->ctx, NFT_CTX_OUTPUT_TERSE);
	nft->message[0] = '\0';
	/* reading a buffer empties it: discards what an earlier, failed call left there */
	nft->output(nft->ctx);
	nft->error(nft->ctx);
	r = nft->run(nft->ctx, commands);
	if (r != 0) {
		keep_message(nft);
		return error_of(nft->message);
	}
	printed = nft->output(nft->ctx);
	if (output)
		*output = printed ? printed : "";
	return 0;
}

const char *libnftables_error(struct libnftables *nft)
{
	return nft->message;
}
