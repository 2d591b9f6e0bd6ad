/* SPDX-License-Identifier: MIT */
/*
 * ignore_host: names of hosts that are never banned, where the server vouches for the name. ".example.com" is that domain and
 * all below it, "mail.example.com" this host alone; case does not matter. No name is ever looked up.
 */
#ifndef RELAYDAM_ENGINE_IGNORE_HOST_H
#define RELAYDAM_ENGINE_IGNORE_HOST_H

#include "util/span.h"

/* Is the text such a name: letters, digits, - and _ between dots, two labels or more, at most 253 bytes? */
bool ignore_host_valid(const char *name);

/* names: NULL at its end, or NULL for none. */
bool ignore_host_have(const char *const *names, struct span host);

#endif
