/* SPDX-License-Identifier: MIT */
/*
 * hosts: names of hosts that are never banned, where the server vouches for the name. ".example.com" is that domain and
 * all below it, "mail.example.com" this host alone; case does not matter. No name is ever looked up.
 */
#ifndef RELAYDAM_HOSTS_H
#define RELAYDAM_HOSTS_H

#include "util/span.h"

/* Is the text such a name: letters, digits, - and _ between dots, two labels or more, at most 253 bytes? */
bool hosts_valid(const char *name);

/* names: NULL at its end, or NULL for none. */
bool hosts_have(const char *const *names, struct span host);

#endif
