/* SPDX-License-Identifier: MIT */
/*
 * regex_exec: interprets a program (regex_prog.h) on a message. The position moves forward; it goes back only to a position
 * that an instruction saved, to try another alternative or pattern, never to try another length of the same.
 */
#ifndef RELAYDAM_MATCH_REGEX_EXEC_H
#define RELAYDAM_MATCH_REGEX_EXEC_H

#include "match/capture.h"
#include "regex_prog.h"

struct regex_exec {
	const char *begin, *end; /* the message */
	struct regex_register *registers;
	const struct regex_inst *pc;
	const char *p;
	uint32_t
		best; /* index of the best match so far; branches without a lower one are skipped */
	uint32_t budget; /* retries left; at 0 the match has been given up, which must be counted */
	uint32_t captured; /* bit set of enum group */
	struct span group[GROUPS];
};

/* Retries of lazy classes in one message: 0.3 ms at most. */
enum { REGEX_EXEC_BUDGET = 20000 };

/* Starts at the message's first byte, with nothing captured. There must be as many registers as prog->registers. */
static inline void regex_exec_begin(struct regex_exec *exec, const struct regex_prog *prog,
				    struct regex_register *registers, struct span message)
{
	exec->begin = exec->p = message.p;
	exec->end = message.p + message.n;
	exec->registers = registers;
	exec->pc = prog->insts;
	exec->best = REGEX_NONE;
	exec->budget = REGEX_EXEC_BUDGET;
	exec->captured = 0;
}

/*
 * Runs up to the next INST_MATCH and returns it, with exec->p after the prefix. If the pattern
 * matches, lower exec->best; then call again. NULL: no other pattern can match, or the budget is
 * spent.
 */
const struct regex_inst *regex_exec(struct regex_exec *exec);

#endif
