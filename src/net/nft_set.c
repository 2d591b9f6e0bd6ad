/* SPDX-License-Identifier: MIT */
#include "net/nft_set.h"

#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "netlink.h"
#include "nft_request.h"
#include "util/units.h"

enum {
	ELEMENT = 80, /* bytes of two keys with their attributes: 40 and 36 */
	ANSWER = 32 * 1024,
	KEEP = 60 * 1000, /* milliseconds: timeout of an element that is deleted at once */
	TIMEOUT = 2,	  /* seconds */
};

/* an attribute's length has 16 bits; a request has three lists of elements at most, see change() */
_Static_assert(NFT_SET_BATCH *ELEMENT < UINT16_MAX, "a list of elements fits in an attribute");
_Static_assert(3 * NFT_SET_BATCH * ELEMENT + 4096 <= NFT_REQUEST_MOST,
	       "a change fits in a request");

struct nft_set {
	int fd;
	struct nft_request request;
	_Alignas(struct nlmsghdr) char in[ANSWER];
};

int nft_set_open(struct nft_set **out)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	const struct timeval limit = { .tv_sec = TIMEOUT };
	struct nft_set *nft = malloc(sizeof(*nft)); /* not cleared: most of it is never used */
	int r;

	if (!nft)
		return -ENOMEM;
	nft->request.sequence = 0;
	nft->request.n = 0;
	nft->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (nft->fd < 0 ||
	    setsockopt(nft->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(nft->fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0) {
		r = -errno;
		nft_set_close(nft);
		return r;
	}
	*out = nft;
	return 0;
}

void nft_set_close(struct nft_set *nft)
{
	if (!nft)
		return;
	if (nft->fd >= 0)
		close(nft->fd);
	free(nft);
}

/* ---- requests ---- */

static void put_key(struct nft_request *request, const struct addr *addr, bool v4, bool is_end,
		    uint64_t milliseconds)
{
	struct nlattr *element = nft_request_nest(request, NFTA_LIST_ELEM), *key;
	uint32_t flags = htobe32(NFT_SET_ELEM_INTERVAL_END);
	uint64_t timeout = htobe64(milliseconds);

	if (is_end)
		nft_request_put(request, NFTA_SET_ELEM_FLAGS, &flags, sizeof(flags));
	else if (milliseconds > 0)
		nft_request_put(request, NFTA_SET_ELEM_TIMEOUT, &timeout, sizeof(timeout));
	key = nft_request_nest(request, NFTA_SET_ELEM_KEY);
	nft_request_put(request, NFTA_DATA_VALUE, addr->b + (v4 ? 12 : 0), v4 ? 4 : 16);
	nft_request_close(request, key);
	nft_request_close(request, element);
}

/* The address after the last one of the prefix. False when there is none. */
static bool next_address(const struct prefix *prefix, struct addr *out)
{
	unsigned first = addr_is_v4(&prefix->addr) ? 12 : 0;

	*out = prefix_last(prefix);
	for (unsigned i = 16; i-- > first;)
		if (++out->b[i] != 0)
			return true;
	return false;
}

static void put_element(struct nft_request *request, const struct prefix *prefix, bool interval,
			uint64_t milliseconds)
{
	bool v4 = addr_is_v4(&prefix->addr);
	struct addr next;

	put_key(request, &prefix->addr, v4, false, milliseconds);
	if (interval && next_address(prefix, &next))
		put_key(request, &next, v4, true, 0);
}

/* ---- answers ---- */

/* Parses what was received. Returns 1 at the end of a dump, 0, or the first error. */
static int parse(const char *in, size_t n,
		 void (*each)(void *context, const struct nlmsghdr *message), void *context)
{
	const struct nlmsghdr *message;
	const char *at = in;

	while ((message = netlink_message(&at, in + n))) {
		int error = message->nlmsg_type == NLMSG_ERROR ? netlink_error(message) : 0;

		if (error < 0 || message->nlmsg_type == NLMSG_DONE)
			return error < 0 ? error : 1;
		if (each && message->nlmsg_type != NLMSG_ERROR)
			each(context, message);
	}
	return 0;
}

static int send_all(struct nft_set *nft)
{
	ssize_t sent = send(nft->fd, nft->request.bytes, nft->request.n, 0);

	nft->request.n = 0;
	return sent < 0 ? -errno : 0;
}

/*
 * Sends the request and reads the answers. The kernel has answered when send() returns, so this reads what is queued
 * and never waits; leftovers of an earlier request are read, too. Returns 0 or the first error.
 */
static int exchange(struct nft_set *nft,
		    void (*each)(void *context, const struct nlmsghdr *message), void *context)
{
	int r = send_all(nft);
	bool any = false;

	if (r < 0)
		return r;
	for (;;) {
		ssize_t n = recv(nft->fd, nft->in, sizeof(nft->in), MSG_DONTWAIT);
		int error;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return -errno;
		any = true;
		error = parse(nft->in, (size_t)n, each, context);
		if (error < 0 && r == 0)
			r = error;
	}
	return r == 0 && !any ? -EIO : r;
}

/* Like exchange(), for a dump, which comes in any number of parts. */
static int exchange_dump(struct nft_set *nft,
			 void (*each)(void *context, const struct nlmsghdr *message), void *context)
{
	int r = send_all(nft);

	while (r == 0) {
		ssize_t n = recv(nft->fd, nft->in, sizeof(nft->in), 0);

		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? -errno : parse(nft->in, (size_t)n, each, context);
	}
	return r < 0 ? r : 0;
}

static bool is_attribute(const struct nlattr *attribute, unsigned type, size_t n)
{
	return (attribute->nla_type & NLA_TYPE_MASK) == type && netlink_size(attribute) >= n;
}

static uint64_t handle_of(const struct nlattr *attribute)
{
	uint64_t handle;

	memcpy(&handle, netlink_value(attribute), sizeof(handle));
	return be64toh(handle);
}

static void see_id(void *context, const struct nlmsghdr *message)
{
	const char *stop, *at = netlink_behind(message, sizeof(struct nfgenmsg), &stop);
	bool table = message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE);
	const struct nlattr *attribute;
	struct nft_set_id *id = context;
	uint32_t flags;

	while ((attribute = netlink_attribute(&at, stop))) {
		if (table && is_attribute(attribute, NFTA_TABLE_HANDLE, sizeof(uint64_t))) {
			id->table = handle_of(attribute);
		} else if (!table && is_attribute(attribute, NFTA_SET_HANDLE, sizeof(uint64_t))) {
			id->set = handle_of(attribute);
		} else if (!table && is_attribute(attribute, NFTA_SET_FLAGS, sizeof(flags))) {
			memcpy(&flags, netlink_value(attribute), sizeof(flags));
			id->interval = be32toh(flags) & NFT_SET_INTERVAL;
		}
	}
}

int nft_set_find(struct nft_set *nft, const char *table, const char *set, struct nft_set_id *out)
{
	struct nlmsghdr *head = nft_request_begin(&nft->request, NFT_MSG_GETTABLE, 0);
	int r;

	*out = (struct nft_set_id){ 0 };
	nft_request_put_text(&nft->request, NFTA_TABLE_NAME, table);
	nft_request_end(&nft->request, head);
	r = exchange(nft, see_id, out);
	if (r < 0)
		return r;
	head = nft_request_begin(&nft->request, NFT_MSG_GETSET, 0);
	nft_request_put_text(&nft->request, NFTA_SET_TABLE, table);
	nft_request_put_text(&nft->request, NFTA_SET_NAME, set);
	nft_request_end(&nft->request, head);
	return exchange(nft, see_id, out);
}

/* ---- changing ---- */

struct change {
	const char *table, *set;
	bool interval;
	const struct nft_set_element *elements;
	size_t n;
};

static bool is_any(const struct nft_set_element *element)
{
	(void)element;
	return true;
}

static bool is_renewal(const struct nft_set_element *element)
{
	return element->renewal;
}

static uint64_t milliseconds(const struct nft_set_element *element)
{
	return (uint64_t)((element->left + UNITS_SECOND - 1) / UNITS_SECOND) * 1000;
}

/* time: milliseconds; 0: no timeout; UINT64_MAX: the timeout of each element. */
static void put_elements(struct nft_request *request, const struct change *change, unsigned message,
			 uint64_t time, bool (*which)(const struct nft_set_element *element))
{
	uint16_t flags = NLM_F_ACK | (message == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
	struct nlmsghdr *head = nft_request_begin(request, message, flags);
	struct nlattr *list;

	nft_request_put_text(request, NFTA_SET_ELEM_LIST_TABLE, change->table);
	nft_request_put_text(request, NFTA_SET_ELEM_LIST_SET, change->set);
	list = nft_request_nest(request, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (size_t i = 0; i < change->n; i++)
		if (which(&change->elements[i]))
			put_element(request, &change->elements[i].prefix, change->interval,
				    time == UINT64_MAX ? milliseconds(&change->elements[i]) : time);
	nft_request_close(request, list);
	nft_request_end(request, head);
}

/*
 * An element with a new timeout is deleted and added in one transaction: only recent kernels change a timeout in place.
 * Deleting an element that has just expired would fail the whole transaction, so it is added first.
 */
static int change(struct nft_set *nft, const struct change *change, bool add)
{
	bool (*which)(const struct nft_set_element *) = add ? is_renewal : is_any;
	bool any = false;

	for (size_t i = 0; i < change->n; i++)
		any |= which(&change->elements[i]);
	nft_request_batch(&nft->request, NFNL_MSG_BATCH_BEGIN);
	if (any) {
		put_elements(&nft->request, change, NFT_MSG_NEWSETELEM, KEEP, which);
		put_elements(&nft->request, change, NFT_MSG_DELSETELEM, 0, which);
	}
	if (add)
		put_elements(&nft->request, change, NFT_MSG_NEWSETELEM, UINT64_MAX, is_any);
	nft_request_batch(&nft->request, NFNL_MSG_BATCH_END);
	return exchange(nft, NULL, NULL);
}

int nft_set_add(struct nft_set *nft, const char *table, const char *set, bool interval,
		const struct nft_set_element *elements, size_t n)
{
	return change(nft, &(struct change){ table, set, interval, elements, n }, true);
}

int nft_set_delete(struct nft_set *nft, const char *table, const char *set, bool interval,
		   const struct nft_set_element *elements, size_t n)
{
	return change(nft, &(struct change){ table, set, interval, elements, n }, false);
}

/* ---- listing ---- */

struct visitor {
	void (*seen)(void *context, const struct addr *first);
	void *context;
};

static bool read_key(const struct nlattr *key, struct addr *out)
{
	const char *at = netlink_value(key);
	const struct nlattr *value;

	while ((value = netlink_attribute(&at, netlink_end(key)))) {
		size_t n = netlink_size(value);

		if (!is_attribute(value, NFTA_DATA_VALUE, 4) || (n != 4 && n != 16))
			continue;
		*out = (struct addr){ 0 };
		if (n == 4)
			out->b[10] = out->b[11] = 0xff;
		memcpy(out->b + 16 - n, netlink_value(value), n);
		return true;
	}
	return false;
}

static void see_element(const struct visitor *visitor, const struct nlattr *element)
{
	const char *at = netlink_value(element);
	const struct nlattr *attribute;
	struct addr first;
	bool known = false;
	uint32_t flags = 0;

	while ((attribute = netlink_attribute(&at, netlink_end(element)))) {
		if (is_attribute(attribute, NFTA_SET_ELEM_FLAGS, sizeof(flags)))
			memcpy(&flags, netlink_value(attribute), sizeof(flags));
		else if (is_attribute(attribute, NFTA_SET_ELEM_KEY, 0))
			known = read_key(attribute, &first);
	}
	if (known && !(be32toh(flags) & NFT_SET_ELEM_INTERVAL_END))
		visitor->seen(visitor->context, &first);
}

static void see_elements(void *context, const struct nlmsghdr *message)
{
	const char *stop, *at = netlink_behind(message, sizeof(struct nfgenmsg), &stop);
	const struct nlattr *attribute, *element;

	while ((attribute = netlink_attribute(&at, stop))) {
		const char *in = netlink_value(attribute);

		if (!is_attribute(attribute, NFTA_SET_ELEM_LIST_ELEMENTS, 0))
			continue;
		while ((element = netlink_attribute(&in, netlink_end(attribute))))
			see_element(context, element);
	}
}

int nft_set_each(struct nft_set *nft, const char *table, const char *set,
		 void (*seen)(void *context, const struct addr *first), void *context)
{
	struct nlmsghdr *head = nft_request_begin(&nft->request, NFT_MSG_GETSETELEM, NLM_F_DUMP);
	struct visitor visitor = { seen, context };

	nft_request_put_text(&nft->request, NFTA_SET_ELEM_LIST_TABLE, table);
	nft_request_put_text(&nft->request, NFTA_SET_ELEM_LIST_SET, set);
	nft_request_end(&nft->request, head);
	return exchange_dump(nft, see_elements, &visitor);
}
