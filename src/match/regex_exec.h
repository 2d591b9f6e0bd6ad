/* SPDX-License-Identifier: MIT */
/*
 * regex_exec: steps (see regex_prog.h) run over a message. It goes forward byte by byte; back only to a place
 * that a step remembered, never to find another length for what fit.
 */
#ifndef RELAYDAM_MATCH_REGEX_EXEC_H
#define RELAYDAM_MATCH_REGEX_EXEC_H

#include "match/capture.h"
#include "regex_prog.h"

struct regex_exec {
	const char *begin, *end;     /* the message */
	struct regex_slot *slots;    /* as many as the steps use */
	const struct regex_step *at; /* what comes next */
	const char *p;		     /* where in the message */
	uint32_t best;		     /* turns whose lowest rule is not below it are left out */
	uint32_t budget;	     /* left; at 0 the walk gives up, which must be counted */
	uint32_t taken;		     /* bit set of the groups that took part */
	struct span group[GROUPS];
};

/* What repeats itself may be followed by what is long: some 0.3 ms at most. */
enum { REGEX_EXEC_BUDGET = 20000 };

/* At the message's begin, nothing captured; the slots are at least as many as the steps use. */
static inline void regex_exec_begin(struct regex_exec *walk, const struct regex_step *steps,
				    struct regex_slot *slots, struct span message)
{
	walk->begin = walk->p = message.p;
	walk->end = message.p + message.n;
	walk->slots = slots;
	walk->at = steps;
	walk->best = NONE;
	walk->budget = REGEX_EXEC_BUDGET;
	walk->taken = 0;
}

/*
 * Walks on up to the next rule's end: returns its step, with p behind its last item. Lower walk->best when the rule holds,
 * and call again. NULL: no other rule is possible, or the budget is spent.
 */
const struct regex_step *regex_exec(struct regex_exec *walk);

#endif
