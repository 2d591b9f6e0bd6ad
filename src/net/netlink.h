/* SPDX-License-Identifier: MIT */
/*
 * netlink: the messages of an answer of the kernel's, and their attributes. Nothing is read beyond the bytes that came: the
 * macros of linux/netlink.h would be where a length is no multiple of four, or a message is shorter than its head.
 */
#ifndef RELAYDAM_NET_NETLINK_H
#define RELAYDAM_NET_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>

/* The next whole message of what lies between *at and stop, NULL behind the last. *at begins at the first. */
const struct nlmsghdr *netlink_message(const char **at, const char *stop);

/* What a message of type NLMSG_ERROR says: 0 (done as asked) or -errno, down to -4095; -EBADMSG when it says neither. */
int netlink_error(const struct nlmsghdr *message);

/* Has the message a head of n bytes? */
bool netlink_has(const struct nlmsghdr *message, size_t n);

/* Where the attributes behind a head of n bytes begin, and *stop where they end. */
const char *netlink_behind(const struct nlmsghdr *message, size_t n, const char **stop);

/* The next attribute of a message or of a nest, NULL behind the last; *at begins at the first. */
const struct nlattr *netlink_attribute(const char **at, const char *stop);

/* Its value: of netlink_size() bytes, up to netlink_end(). */
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
