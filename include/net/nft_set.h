/* SPDX-License-Identifier: MIT */
/*
 * nft_set: elements of nftables sets in tables of family inet, by netlink (linux/netfilter/nf_tables.h). A set holds
 * single addresses, or, with the flag interval, prefixes. In an interval set an element is stored as two keys: its
 * first address, and the address after its last one.
 *
 * All calls need CAP_NET_ADMIN in the network namespace. Tables and sets are created by nft(8) or libnftables.
 */
#ifndef RELAYDAM_NET_NFT_SET_H
#define RELAYDAM_NET_NFT_SET_H

#include "util/addr.h"

enum { NFT_SET_BATCH = 256 }; /* most elements in one call */

struct nft_set;

/* Kernel handles. A table or set that was deleted and created again has another handle. */
struct nft_set_id {
	uint64_t table, set;
	bool interval; /* the set has the flag interval */
};

struct nft_set_element {
	struct prefix prefix;
	int64_t left; /* microseconds, above 0; rounded up to seconds. Unused by nft_set_delete() */
	bool renewal; /* the set may hold the element already, with another timeout */
};

/* Returns 0 and sets *out (free with nft_set_close()), or -errno. */
int nft_set_open(struct nft_set **out);
void nft_set_close(struct nft_set *nft);

/* Looks up the handles. Returns 0 and sets *out; -ENOENT when the table or the set is missing; or -errno. */
int nft_set_find(struct nft_set *nft, const char *table, const char *set, struct nft_set_id *out);

/*
 * Adds or deletes n elements (1 to NFT_SET_BATCH, all of the family of the set) in one transaction: all or none.
 * `interval` is the flag that nft_set_find() returned. An element with `renewal` gets its new timeout. Deleting an
 * element that has just expired is no error.
 * Returns 0; -ENOENT when the set is missing; -EEXIST or -ENOTEMPTY when a prefix overlaps an element; or -errno.
 */
int nft_set_add(struct nft_set *nft, const char *table, const char *set, bool interval,
		const struct nft_set_element *elements, size_t n);
int nft_set_delete(struct nft_set *nft, const char *table, const char *set, bool interval,
		   const struct nft_set_element *elements, size_t n);

/* Calls seen() with the first address of each element. Returns 0 or -errno. */
int nft_set_each(struct nft_set *nft, const char *table, const char *set,
		 void (*seen)(void *context, const struct addr *first), void *context);

#endif
