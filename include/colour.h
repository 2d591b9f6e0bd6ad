/* SPDX-License-Identifier: MIT */
/* colour: may a stream be written to in colour? */
#ifndef RELAYDAM_COLOUR_H
#define RELAYDAM_COLOUR_H

#include <stdbool.h>

/* Of a descriptor: it is a terminal that can, and the environment (TERM, NO_COLOR) does not mind. */
bool colour_on(int fd);

#endif
