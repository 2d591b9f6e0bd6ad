/* SPDX-License-Identifier: MIT */
/*
 * sock_diag: lists and ends TCP connections of this network namespace, by netlink (sock_diag(7)).
 *
 * The kernel filters the connections and returns only those that match. A connection is ended by the cookie that the
 * kernel assigned to it, never by its addresses: if the connection has just closed, a request by address would match
 * the listening socket and end that. A listening socket cannot be named through this interface.
 * Listing needs no privilege, ending needs CAP_NET_ADMIN.
 */
#ifndef RELAYDAM_NET_SOCK_DIAG_H
#define RELAYDAM_NET_SOCK_DIAG_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>

#include "net/sock_diag_query.h"

struct sock_diag;

enum {
	SOCK_DIAG_TIMEOUT = 1, /* seconds to wait for an answer of the kernel */
};

struct sock_diag_socket {
	uint8_t family, state; /* AF_INET or AF_INET6; TCP_* of netinet/tcp.h */
	struct addr local, peer;
	uint16_t local_port, peer_port;
	uint32_t inode, uid; /* inode 0: no process holds the socket */
	uint32_t queued;     /* bytes in the send queue that the peer has not acknowledged */
	int64_t idle;	     /* microseconds since the last byte was sent; INT64_MAX: unknown */
	struct inet_diag_sockid id; /* addresses, ports and cookie, as the kernel returned them */
};

/* Returns 0 and sets *out (free with sock_diag_close()), or -errno. */
int sock_diag_open(struct sock_diag **out);
void sock_diag_close(struct sock_diag *diag);

/*
 * Calls each() for every TCP socket of a family (AF_INET, AF_INET6) whose state is in `states`, a set of 1 << TCP_*.
 * `answer` holds a complete struct inet_diag_msg and is valid until each() returns.
 * Returns 0; -ENOENT when the kernel does not have the family; -ETIMEDOUT after SOCK_DIAG_TIMEOUT; or -errno.
 */
int sock_diag_dump(struct sock_diag *diag, uint8_t family, uint32_t states,
		   void (*each)(void *context, const struct nlmsghdr *answer), void *context);

/*
 * Calls seen() for each connection that matches the query and that a process may still hold (ESTABLISHED or
 * CLOSE_WAIT). IPv4 peers of dual-stack sockets are found, too. seen() must not call functions of `diag`.
 * Returns 0; -EINVAL when the query is out of its bounds; -ETIMEDOUT; or -errno.
 */
int sock_diag_find(struct sock_diag *diag, const struct sock_diag_query *query,
		   void (*seen)(void *context, const struct sock_diag_socket *socket),
		   void *context);

/*
 * Ends a connection that sock_diag_find() returned: its process gets an error from read(2), the peer a RST. Returns 0;
 * -ENOENT when the connection has already closed; -EPERM without CAP_NET_ADMIN; -EOPNOTSUPP when the kernel lacks
 * CONFIG_INET_DIAG_DESTROY; or -errno.
 */
int sock_diag_destroy(struct sock_diag *diag, const struct sock_diag_socket *socket);

/*
 * Checks whether the kernel can end connections; ends none. Does not check the privilege: the kernel checks it only
 * after it has found a connection. Returns 0, -EOPNOTSUPP or -errno.
 */
int sock_diag_probe(struct sock_diag *diag);

/* Whether the prefix contains the address. An IPv4 prefix contains no IPv6 address, and the reverse. */
bool sock_diag_within(const struct prefix *prefix, const struct addr *addr);

#endif
