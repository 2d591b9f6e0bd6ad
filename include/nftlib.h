/* SPDX-License-Identifier: MIT */
/*
 * nftlib: libnftables, loaded when first asked for: only those who configured an nft blocker pay for it.
 * Whatever is run is one transaction: all of it, or nothing. No program is started.
 */
#ifndef RELAYDAM_NFTLIB_H
#define RELAYDAM_NFTLIB_H

#include <stdbool.h>
#include <stddef.h>

#define NFTLIB_TABLE "relaydam" /* of family inet, all of it ours */

struct nftlib;

/*
 * Returns 0 and sets *out (free with nftlib_free()), or -errno and sets *why (static text):
 * -ELIBACC when libnftables is not installed.
 */
int nftlib_new(struct nftlib **out, const char **why);
void nftlib_free(struct nftlib *nft);

/*
 * Runs commands; *output, where wanted, is what they printed, valid until the next call: nft's own text, without the
 * elements of sets.
 * Returns 0, or -errno as far as nft's message tells (-EIO where it does not); nftlib_error() has the message.
 */
int nftlib_text(struct nftlib *nft, const char *commands, const char **output);

/* The last message's first line, without "Error: "; "" when there was none. Valid until the next call. */
const char *nftlib_error(struct nftlib *nft);

#endif
