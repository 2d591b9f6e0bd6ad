/* SPDX-License-Identifier: MIT */
#include "nft_request.h"

#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* NLA_HDRLEN, which is signed. */
#define HEAD sizeof(struct nlattr)

static void *grow(struct nft_request *request, size_t n)
{
	char *at = request->bytes + request->n;
	size_t aligned = NLMSG_ALIGN(n);

	memset(at, 0, aligned);
	request->n += aligned;
	return at;
}

static struct nlmsghdr *begin(struct nft_request *request, uint16_t type, uint16_t flags,
			      uint8_t family, uint16_t resource)
{
	struct nlmsghdr *head = grow(request, NLMSG_HDRLEN + sizeof(struct nfgenmsg));
	struct nfgenmsg *body = NLMSG_DATA(head);

	head->nlmsg_type = type;
	head->nlmsg_flags = NLM_F_REQUEST | flags;
	head->nlmsg_seq = ++request->sequence;
	body->nfgen_family = family;
	body->version = NFNETLINK_V0;
	body->res_id = htobe16(resource);
	return head;
}

struct nlmsghdr *nft_request_begin(struct nft_request *request, unsigned message, uint16_t flags)
{
	return begin(request, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | message), flags, NFPROTO_INET,
		     0);
}

void nft_request_end(struct nft_request *request, struct nlmsghdr *head)
{
	head->nlmsg_len = (uint32_t)(request->bytes + request->n - (char *)head);
}

void nft_request_batch(struct nft_request *request, uint16_t type)
{
	nft_request_end(request, begin(request, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

void nft_request_put(struct nft_request *request, uint16_t type, const void *value, size_t n)
{
	struct nlattr *attribute = grow(request, HEAD + n);

	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(HEAD + n);
	memcpy(attribute + 1, value, n);
}

void nft_request_put_text(struct nft_request *request, uint16_t type, const char *text)
{
	nft_request_put(request, type, text, strlen(text) + 1);
}

struct nlattr *nft_request_nest(struct nft_request *request, uint16_t type)
{
	struct nlattr *attribute = grow(request, HEAD);

	attribute->nla_type = type | NLA_F_NESTED;
	return attribute;
}

void nft_request_close(struct nft_request *request, struct nlattr *attribute)
{
	attribute->nla_len = (uint16_t)(request->bytes + request->n - (char *)attribute);
}
