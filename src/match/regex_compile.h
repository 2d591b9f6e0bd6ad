/* SPDX-License-Identifier: MIT */
/* regex_compile: compiles nodes of the syntax tree to instructions. */
#ifndef RELAYDAM_MATCH_REGEX_COMPILE_H
#define RELAYDAM_MATCH_REGEX_COMPILE_H

#include "match/regex_ast.h"
#include "regex_prog.h"

/*
 * Emits code for one node. On mismatch control continues at label `fail`, with the captures made since undone. Registers from
 * `reg` on are free for it.
 */
void regex_compile_node(struct regex_prog *prog, const struct regex_node *node, uint32_t fail,
			unsigned reg);

/*
 * Emits a branch to n labels, which the caller binds. They are tried in order; those for which first[i][next byte] is false are
 * skipped. Returns the label to which each of them has to fail; after the last, control continues at `fail`.
 */
uint32_t regex_compile_branch(struct regex_prog *prog, const struct regex_branch *branches,
			      size_t n, const bool (*first)[REGEX_NEXT], uint32_t fail,
			      unsigned reg);

#endif
