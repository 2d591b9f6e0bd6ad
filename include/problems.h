/* SPDX-License-Identifier: MIT */
/* problems: what is wrong with a configuration, every one with file, line and remedy. */
#ifndef RELAYDAM_PROBLEMS_H
#define RELAYDAM_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct problems;

/* Returns 0 and sets *out (free with problems_free()), or -ENOMEM. */
int problems_new(struct problems **out);
void problems_free(struct problems *problems);

/* One line, without newline. line 0: the file as a whole. Warnings do not make a configuration bad. */
__attribute__((format(printf, 4, 5))) void problem(struct problems *problems, const char *file,
						   unsigned line, const char *format, ...);
__attribute__((format(printf, 4, 5))) void warning(struct problems *problems, const char *file,
						   unsigned line, const char *format, ...);

/* Counts as an error: what was read has a hole in it, an address of ignoreip perhaps. */
void problems_no_memory(struct problems *problems);

size_t problems_errors(const struct problems *problems);
size_t problems_warnings(const struct problems *problems);

/* Calls fn for each of them, in order. */
typedef void problems_fn(void *context, bool is_warning, const char *text);
void problems_each(const struct problems *problems, problems_fn *fn, void *context);

/* Prints them in order, each behind "relaydam: "; warnings only if asked for. */
void problems_print(const struct problems *problems, FILE *to, bool warnings);

#endif
