/* SPDX-License-Identifier: MIT */
/*
 * libnftables: runs nft commands through libnftables. The library is loaded at the first use, so that only hosts
 * with an nft blocker need it. Each call is one transaction: all of its commands take effect, or none.
 * Starts no program.
 */
#ifndef RELAYDAM_NET_LIBNFTABLES_H
#define RELAYDAM_NET_LIBNFTABLES_H

#include <stdbool.h>
#include <stddef.h>

#define LIBNFTABLES_TABLE "relaydam" /* of family inet; owned by relaydam as a whole */

struct libnftables;

/*
 * Returns 0 and sets *out (free with libnftables_free()), or -errno and sets *why to a static text:
 * -ELIBACC when libnftables is not installed, -ENOMEM.
 */
int libnftables_new(struct libnftables **out, const char **why);
void libnftables_free(struct libnftables *nft);

/*
 * Runs commands. *output (may be NULL) is set to what they printed, in nft's syntax and without the elements of sets;
 * valid until the next call. Returns 0, or the -errno that nft's message names (-EIO when it names none);
 * libnftables_error() returns the message.
 */
int libnftables_text(struct libnftables *nft, const char *commands, const char **output);

/* First line of the last error message, without "Error: "; "" when there was none. Valid until the next call. */
const char *libnftables_error(struct libnftables *nft);

#endif
