/* SPDX-License-Identifier: MIT */
/* tcp_counts: how many TCP sessions a server holds, asked of the kernel (sock_diag(7)). Needs no privilege. */
#ifndef RELAYDAM_NET_TCP_COUNTS_H
#define RELAYDAM_NET_TCP_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct tcp_counts {
	uint32_t
		sessions; /* of clients, established or half closed by the client: each holds what serves it */
	uint32_t waiting; /* of these, not yet taken by the server: accept(2) will give them out */
};

/*
 * Adds up over local ports, IPv4 and IPv6, in this network namespace. A dump of the kernel's table: about a
 * millisecond with some thousands of connections. Returns 0, or -errno with *out all 0.
 */
int tcp_counts_read(const uint16_t *ports, size_t n, struct tcp_counts *out);

#endif
