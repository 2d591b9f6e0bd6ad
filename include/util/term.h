/* SPDX-License-Identifier: MIT */
/* term: may a stream be written to in colour? */
#ifndef RELAYDAM_UTIL_TERM_H
#define RELAYDAM_UTIL_TERM_H

#include <stdbool.h>

/* Of a descriptor: it is a terminal with colours, and the environment (TERM, NO_COLOR) does not forbid them. */
bool term_has_colour(int fd);

#endif
