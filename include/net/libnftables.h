/* SPDX-License-Identifier: MIT */
/*
 * libnftables: libnftables, loaded when first asked for: only those who configured an nft blocker pay for it.
 * Whatever is run is one transaction: all of it, or nothing. No program is started.
 */
#ifndef RELAYDAM_NET_LIBNFTABLES_H
#define RELAYDAM_NET_LIBNFTABLES_H

#include <stdbool.h>
#include <stddef.h>

#define NFTLIB_TABLE "relaydam" /* of family inet, all of it ours */

struct libnftables;

/*
 * Returns 0 and sets *out (free with libnftables_free()), or -errno and sets *why (static text):
 * -ELIBACC when libnftables is not installed.
 */
int libnftables_new(struct libnftables **out, const char **why);
void libnftables_free(struct libnftables *nft);

/*
 * Runs commands; *output, where wanted, is what they printed, valid until the next call: nft's own text, without the
 * elements of sets.
 * Returns 0, or -errno as far as nft's message tells (-EIO where it does not); libnftables_error() has the message.
 */
int libnftables_text(struct libnftables *nft, const char *commands, const char **output);

/* The last message's first line, without "Error: "; "" when there was none. Valid until the next call. */
const char *libnftables_error(struct libnftables *nft);

#endif
