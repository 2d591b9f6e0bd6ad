/* SPDX-License-Identifier: MIT */
/*
 * blocker_nft: bans in nftables sets of the table `inet relaydam`. Each element has its own timeout; prefixes of any
 * length and any number of elements are possible. The sets are written by netlink: libnftables parses commands from
 * text, which takes 100 us each and several MB. `relaydam firewall --install` creates the table.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enforce/blocker.h"
#include "net/libnftables.h" /* LIBNFTABLES_TABLE */
#include "net/nft_set.h"

_Static_assert((int)BLOCKER_BATCH <= (int)NFT_SET_BATCH, "one transaction");

struct nft {
	struct nft_set *sets;
	struct nft_set_id id[BLOCKER_FAMILIES]; /* changes when the set was created again */
};

static int nft_state(struct blocker *blocker, struct nft **out)
{
	struct nft *nft = blocker->state;
	int r;

	if (!nft) {
		nft = calloc(1, sizeof(*nft));
		r = nft ? nft_set_open(&nft->sets) : -ENOMEM;
		if (r < 0) {
			free(nft);
			return r;
		}
		blocker->state = nft;
	}
	*out = nft;
	return 0;
}

static int nft_failed(struct blocker *blocker, enum blocker_family family, int error)
{
	if (error == -ENOENT)
		blocker_set_error(blocker,
				  "the nft set %s is missing from table inet " LIBNFTABLES_TABLE
				  ". Run as root: relaydam firewall --install",
				  blocker_list(blocker, family));
	else if (error == -EPERM || error == -EACCES)
		blocker_set_error(
			blocker,
			"no permission to change nftables: %s. Give the daemon CAP_NET_ADMIN "
			"(AmbientCapabilities= in its unit)",
			strerror(-error));
	else
		blocker_set_error(blocker, "nftables: set %s: %s", blocker_list(blocker, family),
				  strerror(-error));
	return error;
}

static int nft_open(struct blocker *blocker, enum blocker_family family)
{
	struct nft_set_id id;
	struct nft *nft;
	int r = nft_state(blocker, &nft);

	if (r == 0)
		r = nft_set_find(nft->sets, LIBNFTABLES_TABLE, blocker_list(blocker, family), &id);
	if (r < 0)
		return nft_failed(blocker, family, r);
	if (id.table == nft->id[family].table && id.set == nft->id[family].set)
		return 0;
	nft->id[family] = id;
	return BLOCKER_NEW_LIST;
}

static int run_entries(struct blocker *blocker, enum blocker_family family,
		       const struct blocker_entry *entries, size_t n, bool add)
{
	struct nft_set_element elements[NFT_SET_BATCH];
	const char *list = blocker_list(blocker, family);
	struct nft *nft = blocker->state;
	bool interval = nft->id[family].interval;
	int r;

	for (size_t i = 0; i < n; i++)
		elements[i] = (struct nft_set_element){ .prefix = entries[i].prefix,
							.left = entries[i].left,
							.renewal = entries[i].renewal };
	r = add ? nft_set_add(nft->sets, LIBNFTABLES_TABLE, list, interval, elements, n)
		: nft_set_delete(nft->sets, LIBNFTABLES_TABLE, list, interval, elements, n);
	return r < 0 ? nft_failed(blocker, family, r) : 0;
}

/* Errors that concern the whole set, not one element. */
static bool is_missing(int error)
{
	return error == -ENOENT || error == -EPERM || error == -EACCES || error == -ENOMEM ||
	       error == -EBUSY;
}

/*
 * A transaction fails as a whole. Then the entries are written one by one, to find those that the kernel rejects, for
 * example a prefix that overlaps another one.
 */
static void nft_write(struct blocker *blocker, enum blocker_family family,
		      struct blocker_entry *entries, size_t n, bool add)
{
	int r = blocker->state ? run_entries(blocker, family, entries, n, add) : -ENOENT;
	bool one_by_one = r < 0 && !is_missing(r) && n > 1;

	for (size_t i = 0; i < n; i++) {
		entries[i].result = r;
		if (!one_by_one)
			continue;
		r = run_entries(blocker, family, &entries[i], 1, add);
		entries[i].result = r < 0 && !is_missing(r) ? -EINVAL : r;
	}
	if (n == 1 && r < 0 && !is_missing(r))
		entries[0].result = -EINVAL;
}

static void nft_add(struct blocker *blocker, enum blocker_family family,
		    struct blocker_entry *entries, size_t n)
{
	nft_write(blocker, family, entries, n, true);
}

static void nft_del(struct blocker *blocker, enum blocker_family family,
		    struct blocker_entry *entries, size_t n)
{
	nft_write(blocker, family, entries, n, false);
}

struct visitor {
	const struct blocker *blocker;
	void (*seen)(void *context, const struct prefix *prefix);
	void *context;
};

static void visit(void *context, const struct addr *first)
{
	const struct visitor *visitor = context;
	const struct blocker_conf *conf = visitor->blocker->conf;
	struct prefix prefix = prefix_of(first, (unsigned)conf->prefix4, (unsigned)conf->prefix6);

	visitor->seen(visitor->context, &prefix);
}

static int nft_reconcile(struct blocker *blocker, enum blocker_family family,
			 void (*seen)(void *context, const struct prefix *prefix), void *context)
{
	struct visitor visitor = { blocker, seen, context };
	struct nft *nft = blocker->state;
	int r;

	if (!nft)
		return -ENOENT;
	r = nft_set_each(nft->sets, LIBNFTABLES_TABLE, blocker_list(blocker, family), visit,
			 &visitor);
	return r < 0 ? nft_failed(blocker, family, r) : 0;
}

static void nft_close(struct blocker *blocker)
{
	struct nft *nft = blocker->state;

	if (nft)
		nft_set_close(nft->sets);
	free(nft);
	blocker->state = NULL;
}

const struct blocker_ops blocker_nft = {
	.name = "nft",
	.caps = BLOCKER_EXPIRES,
	.open = nft_open,
	.add = nft_add,
	.del = nft_del,
	.reconcile = nft_reconcile,
	.close = nft_close,
};
