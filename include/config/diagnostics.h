/* SPDX-License-Identifier: MIT */
/* diagnostics: errors and warnings about a configuration, each with file, line and remedy. */
#ifndef RELAYDAM_CONFIG_DIAGNOSTICS_H
#define RELAYDAM_CONFIG_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct diagnostics;

/* Returns 0 and sets *out (free with diagnostics_free()), or -ENOMEM. */
int diagnostics_new(struct diagnostics **out);
void diagnostics_free(struct diagnostics *problems);

/*
 * Add one line, without newline. line 0: the problem concerns the file as a whole. A configuration
 * with warnings only is accepted.
 */
__attribute__((format(printf, 4, 5))) void diagnostics_error(struct diagnostics *problems,
							     const char *file, unsigned line,
							     const char *format, ...);
__attribute__((format(printf, 4, 5))) void diagnostics_warning(struct diagnostics *problems,
							       const char *file, unsigned line,
							       const char *format, ...);

/* Adds an error "out of memory": something may be missing, for example an address of ignoreip. */
void diagnostics_no_memory(struct diagnostics *problems);

size_t diagnostics_errors(const struct diagnostics *problems);
size_t diagnostics_warnings(const struct diagnostics *problems);

/* Calls fn for each problem, in order. */
typedef void diagnostics_fn(void *context, bool is_warning, const char *text);
void diagnostics_each(const struct diagnostics *problems, diagnostics_fn *fn, void *context);

/* Prints the errors, each after "relaydam: ", in order; with `warnings` also the warnings. */
void diagnostics_print(const struct diagnostics *problems, FILE *to, bool warnings);

#endif
