/* SPDX-License-Identifier: MIT */
/* inet_diag_filter: which connections the kernel is to hand over, in the code that inet_diag runs on each of them. */
#ifndef RELAYDAM_NET_INET_DIAG_FILTER_H
#define RELAYDAM_NET_INET_DIAG_FILTER_H

#include "net/sock_diag.h"

enum {
	/* code of one condition, and of the jump behind it */
	INET_DIAG_FILTER_STEP = sizeof(struct inet_diag_bc_op) + sizeof(struct inet_diag_hostcond) +
				16 + sizeof(struct inet_diag_bc_op),
	INET_DIAG_FILTER_MOST = (SOCK_DIAG_PEERS + SOCK_DIAG_PORTS) * INET_DIAG_FILTER_STEP,
};

/*
 * "One of the ports, and one of the peers". AF_INET sockets have IPv4 peers only; AF_INET6 ones both, IPv4 as
 * ::ffff:a.b.c.d. Returns the bytes written, or 0 when no socket of that family can fit.
 */
size_t inet_diag_filter_write(uint8_t code[static INET_DIAG_FILTER_MOST], int family,
			      const struct sock_diag_want *want);

#endif
