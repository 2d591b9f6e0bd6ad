/* SPDX-License-Identifier: MIT */
/*
 * nft_set: elements of nftables' sets in tables of family inet, by netlink (linux/netfilter/nf_tables.h). A set knows single
 * addresses, or, with the flag interval, prefixes: then an element is its first address and the one behind its last.
 *
 * Needs CAP_NET_ADMIN in the network namespace, for looking, too. Sets and tables are made by nft(8) or its library.
 */
#ifndef RELAYDAM_NET_NFT_SET_H
#define RELAYDAM_NET_NFT_SET_H

#include "util/addr.h"

struct nft_set;

/* Another handle is another table or set, whatever its name. */
struct nft_set_id {
	uint64_t table, set;
	bool interval;
};

struct nft_set_element {
	struct prefix prefix;
	int64_t left; /* microseconds, above 0: rounded up to seconds; for nft_set_delete() not looked at */
	bool again; /* is perhaps in the set already, with another time */
};

/* Returns 0 and sets *out (free with nft_set_close()), or -errno. */
int nft_set_open(struct nft_set **out);
void nft_set_close(struct nft_set *nfset);

/* Returns 0, -ENOENT without such a table or set, or -errno. */
int nft_set_look(struct nft_set *nfset, const char *table, const char *set, struct nft_set_id *out);

/*
 * All n elements (1 to NFT_SET_BATCH, all of the set's family), or none of them, in one transaction. What `again` says is there gets its new time;
 * to delete what has just run out is no error. interval as nft_set_look() told.
 * Returns 0, -ENOENT without such a set, -EEXIST or -ENOTEMPTY where a prefix overlaps another one, or -errno.
 */
enum { NFT_SET_BATCH = 256 };
int nft_set_add(struct nft_set *nfset, const char *table, const char *set, bool interval,
		const struct nft_set_element *elements, size_t n);
int nft_set_delete(struct nft_set *nfset, const char *table, const char *set, bool interval,
		   const struct nft_set_element *elements, size_t n);

/* Calls seen() with the first address of each element. Returns 0 or -errno. */
int nft_set_each(struct nft_set *nfset, const char *table, const char *set,
		 void (*seen)(void *context, const struct addr *first), void *context);

#endif
