/* SPDX-License-Identifier: MIT */
/* sockfilter: which connections the kernel is to hand over, in the code that inet_diag runs on each of them. */
#ifndef RELAYDAM_SOCKFILTER_H
#define RELAYDAM_SOCKFILTER_H

#include "sockdiag.h"

enum {
	/* code of one condition, and of the jump behind it */
	SOCKFILTER_STEP = sizeof(struct inet_diag_bc_op) + sizeof(struct inet_diag_hostcond) + 16 +
			  sizeof(struct inet_diag_bc_op),
	SOCKFILTER_MOST = (SOCKDIAG_PEERS + SOCKDIAG_PORTS) * SOCKFILTER_STEP,
};

/*
 * "One of the ports, and one of the peers". AF_INET sockets have IPv4 peers only; AF_INET6 ones both, IPv4 as
 * ::ffff:a.b.c.d. Returns the bytes written, or 0 when no socket of that family can fit.
 */
size_t sockfilter_write(uint8_t code[static SOCKFILTER_MOST], int family,
			const struct sockdiag_want *want);

#endif
