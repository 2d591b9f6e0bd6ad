/* SPDX-License-Identifier: MIT */
/*
 * nfset: elements of nftables' sets in tables of family inet, by netlink (linux/netfilter/nf_tables.h). A set knows single
 * addresses, or, with the flag interval, prefixes: then an element is its first address and the one behind its last.
 *
 * Needs CAP_NET_ADMIN in the network namespace, for looking, too. Sets and tables are made by nft(8) or its library.
 */
#ifndef RELAYDAM_NFSET_H
#define RELAYDAM_NFSET_H

#include "util/addr.h"

struct nfset;

/* Another handle is another table or set, whatever its name. */
struct nfset_id {
	uint64_t table, set;
	bool interval;
};

struct nfset_element {
	struct prefix prefix;
	int64_t left; /* microseconds, above 0: rounded up to seconds; for nfset_delete() not looked at */
	bool again; /* is perhaps in the set already, with another time */
};

/* Returns 0 and sets *out (free with nfset_close()), or -errno. */
int nfset_open(struct nfset **out);
void nfset_close(struct nfset *nfset);

/* Returns 0, -ENOENT without such a table or set, or -errno. */
int nfset_look(struct nfset *nfset, const char *table, const char *set, struct nfset_id *out);

/*
 * All n elements (1 to NFSET_BATCH, all of the set's family), or none of them, in one transaction. What `again` says is there gets its new time;
 * to delete what has just run out is no error. interval as nfset_look() told.
 * Returns 0, -ENOENT without such a set, -EEXIST or -ENOTEMPTY where a prefix overlaps another one, or -errno.
 */
enum { NFSET_BATCH = 256 };
int nfset_add(struct nfset *nfset, const char *table, const char *set, bool interval,
	      const struct nfset_element *elements, size_t n);
int nfset_delete(struct nfset *nfset, const char *table, const char *set, bool interval,
		 const struct nfset_element *elements, size_t n);

/* Calls seen() with the first address of each element. Returns 0 or -errno. */
int nfset_each(struct nfset *nfset, const char *table, const char *set,
	       void (*seen)(void *context, const struct addr *first), void *context);

#endif
