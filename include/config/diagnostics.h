/* SPDX-License-Identifier: MIT */
/* diagnostics: what is wrong with a configuration, every one with file, line and remedy. */
#ifndef RELAYDAM_CONFIG_DIAGNOSTICS_H
#define RELAYDAM_CONFIG_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct diagnostics;

/* Returns 0 and sets *out (free with diagnostics_free()), or -ENOMEM. */
int diagnostics_new(struct diagnostics **out);
void diagnostics_free(struct diagnostics *problems);

/* One line, without newline. line 0: the file as a whole. Warnings do not make a configuration bad. */
__attribute__((format(printf, 4, 5))) void diagnostics_error(struct diagnostics *problems,
							     const char *file, unsigned line,
							     const char *format, ...);
__attribute__((format(printf, 4, 5))) void diagnostics_warning(struct diagnostics *problems,
							       const char *file, unsigned line,
							       const char *format, ...);

/* Counts as an error: what was read has a hole in it, an address of ignoreip perhaps. */
void diagnostics_no_memory(struct diagnostics *problems);

size_t diagnostics_errors(const struct diagnostics *problems);
size_t diagnostics_warnings(const struct diagnostics *problems);

/* Calls fn for each of them, in order. */
typedef void diagnostics_fn(void *context, bool is_warning, const char *text);
void diagnostics_each(const struct diagnostics *problems, diagnostics_fn *fn, void *context);

/* Prints them in order, each behind "relaydam: "; warnings only if asked for. */
void diagnostics_print(const struct diagnostics *problems, FILE *to, bool warnings);

#endif
