/* SPDX-License-Identifier: MIT */
/* inet_diag_filter: compiles a query to the bytecode that the kernel's inet_diag runs on each connection. */
#ifndef RELAYDAM_NET_INET_DIAG_FILTER_H
#define RELAYDAM_NET_INET_DIAG_FILTER_H

#include <linux/inet_diag.h>

#include "net/sock_diag_query.h"

enum {
	/* bytes of one condition and of the jump after it */
	INET_DIAG_FILTER_STEP = sizeof(struct inet_diag_bc_op) + sizeof(struct inet_diag_hostcond) +
				16 + sizeof(struct inet_diag_bc_op),
	INET_DIAG_FILTER_MOST = (SOCK_DIAG_PEERS + SOCK_DIAG_PORTS) * INET_DIAG_FILTER_STEP,
};

/*
 * Writes the condition "local port is one of the ports and peer is in one of the prefixes". AF_INET sockets have IPv4
 * peers only; AF_INET6 sockets have both, IPv4 as ::ffff:a.b.c.d. The query must be within its bounds.
 * Returns the number of bytes written, or 0 when no socket of the family can match.
 */
size_t inet_diag_filter_write(uint8_t code[static INET_DIAG_FILTER_MOST], int family,
			      const struct sock_diag_query *query);

#endif
