/* SPDX-License-Identifier: MIT */
#include "net/nft_set.h"

#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "netlink.h"
#include "util/units.h"

enum {
	ELEMENT = 80, /* two keys with their attributes: 40 and 36 bytes */
	/* Three lists of elements: make sure, delete, add. */
	MESSAGES = 3 * NFT_SET_BATCH * ELEMENT + 4096,
	ANSWER = 32 * 1024,
	KEEP = 60 * 1000, /* milliseconds that an element gets which is deleted at once */
	PATIENCE = 2,	  /* seconds */
};

/* NLA_HDRLEN, which is signed. */
#define HEAD sizeof(struct nlattr)

_Static_assert(NFT_SET_BATCH *ELEMENT < UINT16_MAX, "an attribute's length has 16 bits");

struct nft_set {
	int fd;
	uint32_t sequence;
	size_t n;
	_Alignas(struct nlmsghdr) char out[MESSAGES];
	_Alignas(struct nlmsghdr) char in[ANSWER];
};

int nft_set_open(struct nft_set **out)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	const struct timeval limit = { .tv_sec = PATIENCE };
	struct nft_set *nfset = malloc(sizeof(*nfset)); /* not cleared: most is never touched */
	int r;

	if (!nfset)
		return -ENOMEM;
	nfset->sequence = 0;
	nfset->n = 0;
	nfset->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (nfset->fd < 0 ||
	    setsockopt(nfset->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(nfset->fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0) {
		r = -errno;
		nft_set_close(nfset);
		return r;
	}
	*out = nfset;
	return 0;
}

void nft_set_close(struct nft_set *nfset)
{
	if (!nfset)
		return;
	if (nfset->fd >= 0)
		close(nfset->fd);
	free(nfset);
}

/* ---- writing ---- */

static void *grow(struct nft_set *nfset, size_t n)
{
	char *at = nfset->out + nfset->n;
	size_t whole = NLMSG_ALIGN(n);

	memset(at, 0, whole);
	nfset->n += whole;
	return at;
}

static struct nlmsghdr *begin(struct nft_set *nfset, uint16_t type, uint16_t flags, uint8_t family,
			      uint16_t resource)
{
	struct nlmsghdr *head = grow(nfset, NLMSG_HDRLEN + sizeof(struct nfgenmsg));
	struct nfgenmsg *body = NLMSG_DATA(head);

	head->nlmsg_type = type;
	head->nlmsg_flags = NLM_F_REQUEST | flags;
	head->nlmsg_seq = ++nfset->sequence;
	body->nfgen_family = family;
	body->version = NFNETLINK_V0;
	body->res_id = htobe16(resource);
	return head;
}

static struct nlmsghdr *begin_table(struct nft_set *nfset, unsigned message, uint16_t flags)
{
	return begin(nfset, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | message), flags, NFPROTO_INET,
		     0);
}

static void end(struct nft_set *nfset, struct nlmsghdr *head)
{
	head->nlmsg_len = (uint32_t)(nfset->out + nfset->n - (char *)head);
}

static void put(struct nft_set *nfset, uint16_t type, const void *value, size_t n)
{
	struct nlattr *attribute = grow(nfset, HEAD + n);

	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(HEAD + n);
	memcpy(attribute + 1, value, n);
}

static void put_text(struct nft_set *nfset, uint16_t type, const char *text)
{
	put(nfset, type, text, strlen(text) + 1);
}

/* An attribute of attributes, closed by close_nest(). */
static struct nlattr *nest(struct nft_set *nfset, uint16_t type)
{
	struct nlattr *attribute = grow(nfset, HEAD);

	attribute->nla_type = type | NLA_F_NESTED;
	return attribute;
}

static void close_nest(struct nft_set *nfset, struct nlattr *attribute)
{
	attribute->nla_len = (uint16_t)(nfset->out + nfset->n - (char *)attribute);
}

static void put_key(struct nft_set *nfset, const struct addr *addr, bool v4, bool is_end,
		    uint64_t milliseconds)
{
	struct nlattr *element = nest(nfset, NFTA_LIST_ELEM), *key;
	uint32_t flags = htobe32(NFT_SET_ELEM_INTERVAL_END);
	uint64_t timeout = htobe64(milliseconds);

	if (is_end)
		put(nfset, NFTA_SET_ELEM_FLAGS, &flags, sizeof(flags));
	else if (milliseconds > 0)
		put(nfset, NFTA_SET_ELEM_TIMEOUT, &timeout, sizeof(timeout));
	key = nest(nfset, NFTA_SET_ELEM_KEY);
	put(nfset, NFTA_DATA_VALUE, addr->b + (v4 ? 12 : 0), v4 ? 4 : 16);
	close_nest(nfset, key);
	close_nest(nfset, element);
}

/* The address behind the prefix's last one. False where there is none. */
static bool behind(const struct prefix *prefix, struct addr *out)
{
	unsigned first = addr_is_v4(&prefix->addr) ? 12 : 0;

	*out = prefix_last(prefix);
	for (unsigned i = 16; i-- > first;)
		if (++out->b[i] != 0)
			return true;
	return false;
}

static void put_element(struct nft_set *nfset, const struct prefix *prefix, bool interval,
			uint64_t milliseconds)
{
	bool v4 = addr_is_v4(&prefix->addr);
	struct addr next;

	put_key(nfset, &prefix->addr, v4, false, milliseconds);
	if (interval && behind(prefix, &next))
		put_key(nfset, &next, v4, true, 0);
}

/* ---- answers ---- */

/* Goes through what was received. Returns 1 at the end of a dump, 0, or the first error. */
static int take(const char *in, size_t n,
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

static int send_all(struct nft_set *nfset)
{
	ssize_t sent = send(nfset->fd, nfset->out, nfset->n, 0);

	nfset->n = 0;
	return sent < 0 ? -errno : 0;
}

/*
 * The kernel has answered by the time that send() returns: all is read that is there, the answer to what came
 * before and was not waited for among it. Returns the first error.
 */
static int ask(struct nft_set *nfset, void (*each)(void *context, const struct nlmsghdr *message),
	       void *context)
{
	int r = send_all(nfset);
	bool any = false;

	if (r < 0)
		return r;
	for (;;) {
		ssize_t n = recv(nfset->fd, nfset->in, sizeof(nfset->in), MSG_DONTWAIT);
		int error;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return -errno;
		any = true;
		error = take(nfset->in, (size_t)n, each, context);
		if (error < 0 && r == 0)
			r = error;
	}
	return r == 0 && !any ? -EIO : r;
}

/* The same of a dump, which comes in as many parts as it takes. */
static int ask_all(struct nft_set *nfset,
		   void (*each)(void *context, const struct nlmsghdr *message), void *context)
{
	int r = send_all(nfset);

	while (r == 0) {
		ssize_t n = recv(nfset->fd, nfset->in, sizeof(nfset->in), 0);

		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? -errno : take(nfset->in, (size_t)n, each, context);
	}
	return r < 0 ? r : 0;
}

static bool is(const struct nlattr *attribute, unsigned type, size_t n)
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
		if (table && is(attribute, NFTA_TABLE_HANDLE, sizeof(uint64_t))) {
			id->table = handle_of(attribute);
		} else if (!table && is(attribute, NFTA_SET_HANDLE, sizeof(uint64_t))) {
			id->set = handle_of(attribute);
		} else if (!table && is(attribute, NFTA_SET_FLAGS, sizeof(flags))) {
			memcpy(&flags, netlink_value(attribute), sizeof(flags));
			id->interval = be32toh(flags) & NFT_SET_INTERVAL;
		}
	}
}

int nft_set_look(struct nft_set *nfset, const char *table, const char *set, struct nft_set_id *out)
{
	struct nlmsghdr *head = begin_table(nfset, NFT_MSG_GETTABLE, 0);
	int r;

	*out = (struct nft_set_id){ 0 };
	put_text(nfset, NFTA_TABLE_NAME, table);
	end(nfset, head);
	r = ask(nfset, see_id, out);
	if (r < 0)
		return r;
	head = begin_table(nfset, NFT_MSG_GETSET, 0);
	put_text(nfset, NFTA_SET_TABLE, table);
	put_text(nfset, NFTA_SET_NAME, set);
	end(nfset, head);
	return ask(nfset, see_id, out);
}

/* ---- changing ---- */

struct change {
	const char *table, *set;
	bool interval;
	const struct nft_set_element *elements;
	size_t n;
};

static bool every(const struct nft_set_element *element)
{
	(void)element;
	return true;
}

static bool only_again(const struct nft_set_element *element)
{
	return element->again;
}

static uint64_t milliseconds(const struct nft_set_element *element)
{
	return (uint64_t)((element->left + UNITS_SECOND - 1) / UNITS_SECOND) * 1000;
}

/* time: milliseconds, 0 for none, UINT64_MAX for each element's own. */
static void put_message(struct nft_set *nfset, const struct change *change, unsigned message,
			uint64_t time, bool (*which)(const struct nft_set_element *element))
{
	uint16_t flags = NLM_F_ACK | (message == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
	struct nlmsghdr *head = begin_table(nfset, message, flags);
	struct nlattr *list;

	put_text(nfset, NFTA_SET_ELEM_LIST_TABLE, change->table);
	put_text(nfset, NFTA_SET_ELEM_LIST_SET, change->set);
	list = nest(nfset, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (size_t i = 0; i < change->n; i++)
		if (which(&change->elements[i]))
			put_element(nfset, &change->elements[i].prefix, change->interval,
				    time == UINT64_MAX ? milliseconds(&change->elements[i]) : time);
	close_nest(nfset, list);
	end(nfset, head);
}

static void put_border(struct nft_set *nfset, uint16_t type)
{
	end(nfset, begin(nfset, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

/*
 * An element that gets a new time goes and comes in one transaction: only new kernels change a time-out in place. And
 * to delete what has just run out would fail the whole transaction: so it is added first.
 */
static int change(struct nft_set *nfset, const struct change *change, bool add)
{
	bool (*which)(const struct nft_set_element *) = add ? only_again : every;
	bool any = false;

	for (size_t i = 0; i < change->n; i++)
		any |= which(&change->elements[i]);
	put_border(nfset, NFNL_MSG_BATCH_BEGIN);
	if (any) {
		put_message(nfset, change, NFT_MSG_NEWSETELEM, KEEP, which);
		put_message(nfset, change, NFT_MSG_DELSETELEM, 0, which);
	}
	if (add)
		put_message(nfset, change, NFT_MSG_NEWSETELEM, UINT64_MAX, every);
	put_border(nfset, NFNL_MSG_BATCH_END);
	return ask(nfset, NULL, NULL);
}

int nft_set_add(struct nft_set *nfset, const char *table, const char *set, bool interval,
		const struct nft_set_element *elements, size_t n)
{
	return change(nfset, &(struct change){ table, set, interval, elements, n }, true);
}

int nft_set_delete(struct nft_set *nfset, const char *table, const char *set, bool interval,
		   const struct nft_set_element *elements, size_t n)
{
	return change(nfset, &(struct change){ table, set, interval, elements, n }, false);
}

/* ---- looking ---- */

struct regex_exec {
	void (*seen)(void *context, const struct addr *first);
	void *context;
};

static bool read_key(const struct nlattr *key, struct addr *out)
{
	const char *at = netlink_value(key);
	const struct nlattr *value;

	while ((value = netlink_attribute(&at, netlink_end(key)))) {
		size_t n = netlink_size(value);

		if (!is(value, NFTA_DATA_VALUE, 4) || (n != 4 && n != 16))
			continue;
		*out = (struct addr){ 0 };
		if (n == 4)
			out->b[10] = out->b[11] = 0xff;
		memcpy(out->b + 16 - n, netlink_value(value), n);
		return true;
	}
	return false;
}

static void see_element(const struct regex_exec *walk, const struct nlattr *element)
{
	const char *at = netlink_value(element);
	const struct nlattr *attribute;
	struct addr first;
	bool known = false;
	uint32_t flags = 0;

	while ((attribute = netlink_attribute(&at, netlink_end(element)))) {
		if (is(attribute, NFTA_SET_ELEM_FLAGS, sizeof(flags)))
			memcpy(&flags, netlink_value(attribute), sizeof(flags));
		else if (is(attribute, NFTA_SET_ELEM_KEY, 0))
			known = read_key(attribute, &first);
	}
	if (known && !(be32toh(flags) & NFT_SET_ELEM_INTERVAL_END))
		walk->seen(walk->context, &first);
}

static void see_elements(void *context, const struct nlmsghdr *message)
{
	const char *stop, *at = netlink_behind(message, sizeof(struct nfgenmsg), &stop);
	const struct nlattr *attribute, *element;

	while ((attribute = netlink_attribute(&at, stop))) {
		const char *in = netlink_value(attribute);

		if (!is(attribute, NFTA_SET_ELEM_LIST_ELEMENTS, 0))
			continue;
		while ((element = netlink_attribute(&in, netlink_end(attribute))))
			see_element(context, element);
	}
}

int nft_set_each(struct nft_set *nfset, const char *table, const char *set,
		 void (*seen)(void *context, const struct addr *first), void *context)
{
	struct nlmsghdr *head = begin_table(nfset, NFT_MSG_GETSETELEM, NLM_F_DUMP);
	struct regex_exec walk = { seen, context };

	put_text(nfset, NFTA_SET_ELEM_LIST_TABLE, table);
	put_text(nfset, NFTA_SET_ELEM_LIST_SET, set);
	end(nfset, head);
	return ask_all(nfset, see_elements, &walk);
}
