/* SPDX-License-Identifier: MIT */
/*
 * escape: makes untrusted text safe to print. A log may contain control sequences of a terminal, or
 * bytes that are not UTF-8.
 */
#ifndef RELAYDAM_UTIL_ESCAPE_H
#define RELAYDAM_UTIL_ESCAPE_H

#include <stdio.h>

#include "util/span.h"

/* Writes to a terminal or a text file: control bytes and invalid UTF-8 as \xNN. */
void escape_print(FILE *to, struct span text);

/*
 * Returns a copy that is valid UTF-8, with invalid bytes as U+FFFD, ended by NUL. The caller frees
 * it. NULL when out of memory.
 */
char *escape_utf8(struct span text, size_t *n);

#endif
