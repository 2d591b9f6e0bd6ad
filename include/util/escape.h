/* SPDX-License-Identifier: MIT */
/*
 * escape: text that a stranger wrote, made safe to show.
 * A log may hold a terminal's control sequences, or bytes that are no UTF-8.
 */
#ifndef RELAYDAM_UTIL_ESCAPE_H
#define RELAYDAM_UTIL_ESCAPE_H

#include <stdio.h>

#include "util/span.h"

/* Writes to a terminal or a text file: control bytes and broken UTF-8 as \xNN. */
void escape_print(FILE *to, struct span text);

/* A copy that is valid UTF-8, broken bytes as U+FFFD; NUL at the end, free() it. NULL without memory. */
char *escape_utf8(struct span text, size_t *n);

#endif
