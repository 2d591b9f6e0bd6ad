/* SPDX-License-Identifier: MIT */
/*
 * ignore_host: names of hosts that are never banned, if the server has confirmed the name.
 * ".example.com" matches that domain and all names below it, "mail.example.com" this host only;
 * case does not matter. No name is resolved.
 */
#ifndef RELAYDAM_ENGINE_IGNORE_HOST_H
#define RELAYDAM_ENGINE_IGNORE_HOST_H

#include "util/span.h"

/* Is the text a valid name: labels of letters, digits, - and _, at least two, at most 253 bytes? */
bool ignore_host_valid(const char *name);

/* Is the host ignored? names: an array ended by NULL; NULL: none. */
bool ignore_host_have(const char *const *names, struct span host);

#endif
