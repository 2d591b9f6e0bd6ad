/* SPDX-License-Identifier: MIT */
/* term: finds out whether a stream supports colours. */
#ifndef RELAYDAM_UTIL_TERM_H
#define RELAYDAM_UTIL_TERM_H

#include <stdbool.h>

/* Is the descriptor a terminal, and do TERM and NO_COLOR allow colours? */
bool term_has_colour(int fd);

#endif
