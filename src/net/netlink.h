/* SPDX-License-Identifier: MIT */
/*
 * netlink: iterates over the messages of an answer and over their attributes. Never reads beyond the bytes received;
 * the macros of linux/netlink.h do, when a length is no multiple of four or a message is shorter than its header.
 */
#ifndef RELAYDAM_NET_NETLINK_H
#define RELAYDAM_NET_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>

/* The next complete message between *at and stop; NULL at the end. Start with *at at the first byte. */
const struct nlmsghdr *netlink_message(const char **at, const char *stop);

/* Result in a message of type NLMSG_ERROR: 0 (an acknowledgement) or -errno, down to -4095; -EBADMSG when malformed. */
int netlink_error(const struct nlmsghdr *message);

/* Whether the message holds a protocol header of n bytes. */
bool netlink_has(const struct nlmsghdr *message, size_t n);

/* Start of the attributes after a protocol header of n bytes; sets *stop to their end. */
const char *netlink_behind(const struct nlmsghdr *message, size_t n, const char **stop);

/* The next attribute of a message or a nest; NULL at the end. Start with *at at the first byte. */
const struct nlattr *netlink_attribute(const char **at, const char *stop);

/* Value of an attribute: netlink_size() bytes, up to netlink_end(). */
static inline const char *netlink_value(const struct nlattr *attribute)
{
	return (const char *)attribute + sizeof(struct nlattr);
}

static inline const char *netlink_end(const struct nlattr *attribute)
{
	return (const char *)attribute + attribute->nla_len;
}

static inline size_t netlink_size(const struct nlattr *attribute)
{
	return (size_t)attribute->nla_len - sizeof(struct nlattr);
}

#endif
