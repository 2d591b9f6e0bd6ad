/* SPDX-License-Identifier: MIT */
#include "netlink.h"

#include <errno.h>

enum { MOST_ERRNO = 4095 }; /* MAX_ERRNO of the kernel's linux/err.h */

/* Advances *at by an aligned length, but never beyond stop. */
static void advance(const char **at, const char *stop, size_t aligned)
{
	*at += aligned < (size_t)(stop - *at) ? aligned : (size_t)(stop - *at);
}

const struct nlmsghdr *netlink_message(const char **at, const char *stop)
{
	const struct nlmsghdr *message = (const void *)*at;
	size_t left = (size_t)(stop - *at);

	if (left < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
	    message->nlmsg_len > left)
		return NULL;
	advance(at, stop, NLMSG_ALIGN((size_t)message->nlmsg_len));
	return message;
}

bool netlink_has(const struct nlmsghdr *message, size_t n)
{
	return message->nlmsg_len >= NLMSG_HDRLEN + n;
}

int netlink_error(const struct nlmsghdr *message)
{
	const struct nlmsgerr *body = NLMSG_DATA(message);

	if (!netlink_has(message, sizeof(body->error)) || body->error > 0 ||
	    body->error < -MOST_ERRNO)
		return -EBADMSG;
	return body->error;
}

const char *netlink_behind(const struct nlmsghdr *message, size_t n, const char **stop)
{
	const char *at = (const char *)message;

	*stop = at + message->nlmsg_len;
	advance(&at, *stop, NLMSG_HDRLEN + NLMSG_ALIGN(n));
	return at;
}

const struct nlattr *netlink_attribute(const char **at, const char *stop)
{
	const struct nlattr *attribute = (const void *)*at;
	size_t left = (size_t)(stop - *at);

	if (left < sizeof(*attribute) || attribute->nla_len < sizeof(*attribute) ||
	    attribute->nla_len > left)
		return NULL;
	advance(at, stop, NLMSG_ALIGN((size_t)attribute->nla_len));
	return attribute;
}
