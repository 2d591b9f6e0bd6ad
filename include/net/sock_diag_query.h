/* SPDX-License-Identifier: MIT */
/* sock_diag_query: selects TCP connections by the prefix of the peer and the local port. */
#ifndef RELAYDAM_NET_SOCK_DIAG_QUERY_H
#define RELAYDAM_NET_SOCK_DIAG_QUERY_H

#include "util/addr.h"

enum {
	SOCK_DIAG_PEERS = 256,	/* most prefixes in one query */
	SOCK_DIAG_PORTS = 1024, /* most ports in one query */
};

/* A connection matches when its peer is in one of the prefixes and its local port is one of the ports. */
struct sock_diag_query {
	const struct prefix *peers;
	size_t peers_n; /* 1 to SOCK_DIAG_PEERS */
	const uint16_t *ports;
	size_t ports_n; /* 1 to SOCK_DIAG_PORTS */
};

#endif
