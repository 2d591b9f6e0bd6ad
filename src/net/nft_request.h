/* SPDX-License-Identifier: MIT */
/*
 * nft_request: builds a request to nf_tables: messages, their attributes, and nested attributes. Bounds are not
 * checked: the caller must keep a request within NFT_REQUEST_MOST bytes, and an attribute within 65,535.
 */
#ifndef RELAYDAM_NET_NFT_REQUEST_H
#define RELAYDAM_NET_NFT_REQUEST_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

enum { NFT_REQUEST_MOST = 64 * 1024 };

struct nft_request {
	uint32_t sequence; /* number of the last message */
	size_t n;	   /* bytes used */
	_Alignas(struct nlmsghdr) char bytes[NFT_REQUEST_MOST];
};

/* Starts a message NFT_MSG_* for family inet; close with nft_request_end(). flags: NLM_F_* besides NLM_F_REQUEST. */
struct nlmsghdr *nft_request_begin(struct nft_request *request, unsigned message, uint16_t flags);
void nft_request_end(struct nft_request *request, struct nlmsghdr *head);

/* Appends NFNL_MSG_BATCH_BEGIN or NFNL_MSG_BATCH_END, which enclose a transaction. */
void nft_request_batch(struct nft_request *request, uint16_t type);

/* Appends an attribute. put_text() includes the NUL. */
void nft_request_put(struct nft_request *request, uint16_t type, const void *value, size_t n);
void nft_request_put_text(struct nft_request *request, uint16_t type, const char *text);

/* Opens an attribute that contains the following ones; close with nft_request_close(). */
struct nlattr *nft_request_nest(struct nft_request *request, uint16_t type);
void nft_request_close(struct nft_request *request, struct nlattr *attribute);

#endif
