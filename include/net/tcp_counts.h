/* SPDX-License-Identifier: MIT */
/* tcp_counts: counts the TCP sessions of a server, by sock_diag(7). Needs no privilege. */
#ifndef RELAYDAM_NET_TCP_COUNTS_H
#define RELAYDAM_NET_TCP_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct tcp_counts {
	uint32_t sessions; /* client connections, ESTABLISHED or CLOSE_WAIT */
	uint32_t waiting;  /* of these, connections that the server has not accepted yet */
};

/*
 * Sums over n local ports, IPv4 and IPv6, in this network namespace. Dumps the kernel's socket table: takes about a
 * millisecond for some thousands of connections. Returns 0, or -errno with *out all 0.
 */
int tcp_counts_read(const uint16_t *ports, size_t n, struct tcp_counts *out);

#endif
