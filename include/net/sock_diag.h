/* SPDX-License-Identifier: MIT */
/*
 * sock_diag: the kernel's TCP connections: which are there with these peers, and ending one (sock_diag(7)).
 *
 * The kernel looks the connections through and hands over only what fits. A connection is ended by the
 * cookie that the kernel itself gave it, never by its addresses: asked for the addresses of one that has just gone, the
 * kernel would find the listener instead, and end that. So a listener cannot be named here at all.
 * Finding needs no right, ending CAP_NET_ADMIN.
 */
#ifndef RELAYDAM_NET_SOCK_DIAG_H
#define RELAYDAM_NET_SOCK_DIAG_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>

#include "util/addr.h"

struct sock_diag;

enum {
	SOCK_DIAG_PEERS = 256,	/* most prefixes in one question */
	SOCK_DIAG_PORTS = 1024, /* and ports */
	SOCK_DIAG_PATIENCE = 1, /* seconds that the kernel may take to answer */
};

struct sock_diag_want {
	const struct prefix *peers; /* 1 to SOCK_DIAG_PEERS */
	size_t peers_n;
	const uint16_t *ports; /* of this machine's end; 1 to SOCK_DIAG_PORTS */
	size_t ports_n;
};

struct sock_diag_socket {
	uint8_t family, state; /* AF_INET or AF_INET6; TCP_* of netinet/tcp.h */
	struct addr local, peer;
	uint16_t local_port, peer_port;
	uint32_t inode, uid; /* inode 0: no process holds it */
	uint32_t queued;     /* bytes sent, or to be sent, that the peer has not acknowledged */
	int64_t idle;	     /* microseconds since the last byte was sent, INT64_MAX: not known */
	struct inet_diag_sockid id; /* the kernel's own name for it */
};

/* Returns 0 and sets *out (free with sock_diag_close()), or -errno. */
int sock_diag_open(struct sock_diag **out);
void sock_diag_close(struct sock_diag *diag);

/*
 * Calls heard() for each TCP socket of a family (AF_INET, AF_INET6) that is in one of the states, a set of 1 << TCP_*, with
 * the kernel's answer, which has a whole struct inet_diag_msg and is good until heard() returns. Returns 0; -ENOENT when
 * the kernel has not that family; or -errno.
 */
int sock_diag_dump(struct sock_diag *diag, uint8_t family, uint32_t states,
		   void (*heard)(void *context, const struct nlmsghdr *answer), void *context);

/*
 * Calls seen() for each connection that a process may still hold (ESTABLISHED or CLOSE_WAIT), from one of
 * the prefixes, at one of the ports. IPv4 peers of sockets that listen for both families are found, too. One
 * question each family that can have such. seen() must not call back. Returns 0 or -errno, -EINVAL beyond the bounds.
 */
int sock_diag_find(struct sock_diag *diag, const struct sock_diag_want *want,
		   void (*seen)(void *context, const struct sock_diag_socket *socket),
		   void *context);

/*
 * Ends a connection that sock_diag_find() found: a process that reads gets an error, the peer a RST. Returns 0; -ENOENT when
 * it has gone; -EPERM without CAP_NET_ADMIN, -EOPNOTSUPP when the kernel cannot (CONFIG_INET_DIAG_DESTROY); or -errno.
 */
int sock_diag_destroy(struct sock_diag *diag, const struct sock_diag_socket *socket);

/*
 * Can this kernel end connections? Ends none, and says nothing of the right to, which the kernel asks for
 * when it has found one. Returns 0, -EOPNOTSUPP or -errno.
 */
int sock_diag_probe(struct sock_diag *diag);

/* A prefix of IPv4 never holds an IPv6 address, nor one of IPv6 an IPv4 address. */
bool sock_diag_within(const struct prefix *prefix, const struct addr *addr);

#endif
