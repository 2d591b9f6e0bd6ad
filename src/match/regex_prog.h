/* SPDX-License-Identifier: MIT */
/*
 * regex_prog: what a front is walked by: items written out as a row of small steps that one loop runs (see regex_exec.h).
 * A step that fits goes on with the next one; one that does not goes to the step that `fail` names,
 * which takes the walk back to where it stood when something else is still possible.
 */
#ifndef RELAYDAM_MATCH_REGEX_PROG_H
#define RELAYDAM_MATCH_REGEX_PROG_H

#include <stdbool.h>
#include <stdint.h>

enum regex_step_kind {
	STEP_STOP,    /* nothing else is possible */
	STEP_FAIL,    /* does not fit */
	STEP_GOTO,    /* on at `to` */
	STEP_LITERAL, /* these bytes, up to 8 */
	STEP_BYTE,    /* one byte of a set */
	STEP_SET,     /* min to max bytes of a set */
	STEP_ALL,     /* min to max bytes */
	STEP_LAZY, /* a lazy set: takes as little as what follows allows; a STEP_LAZIER behind it */
	STEP_LAZIER,   /* what followed did not fit: a byte more */
	STEP_BOUNDARY, /* \b */
	STEP_AT_END,   /* $ */
	STEP_MARK, /* remembers the place and skips the step behind it; or on at `to` when it cannot fit */
	STEP_BACK,     /* to the place that was marked, on at `to` */
	STEP_HERE,     /* remembers the place, for a capture */
	STEP_CAPTURE,  /* from the place remembered up to here */
	STEP_CHOOSE,   /* marks the place; on at the turn for the byte that stands here */
	STEP_LOOP,     /* marks the place, none of its rounds is done; skips the step behind it */
	STEP_LOOP_OUT, /* a round did not fit: back to its start, on at `to` when they are enough */
	STEP_LOOP_NEXT, /* a round is done: the next at `to`, or on when they are enough */
	STEP_FORK, /* a place with several turns: tries them in order, a STEP_FORK_NEXT behind it */
	STEP_FORK_NEXT, /* the next one */
	STEP_RULE_ENDS, /* the walk's caller is told; a STEP_BEFORE behind it */
	STEP_BEFORE,	/* does not fit unless a rule before the best one may follow */
};

#define NONE UINT32_MAX

struct regex_step;
struct regex_item;
struct byteset;

/* The number of a label while steps are made, then the step. */
union regex_step_to {
	uint32_t label;
	const struct regex_step *step;
};

struct regex_branch {
	uint32_t lowest; /* rule at or below it; NONE ends a list */
	union regex_step_to to;
};

struct regex_step {
	uint8_t kind;  /* enum regex_step_kind */
	uint8_t byte;  /* of STEP_LITERAL: how many; of STEP_CAPTURE: enum group */
	uint8_t group; /* of a set: the bit of the group that it captures, or 0 */
	uint16_t slot; /* where places are remembered */
	union regex_step_to fail;
	union {
		struct {
			uint64_t text, mask; /* the text's bytes as they lie in memory */
		};
		struct {
			union {
				uint32_t index; /* while steps are made */
				const struct byteset *bytes;
			};
			uint32_t min, max;
		} set;
		struct {
			union regex_step_to to;
			uint32_t min, max;
		} loop;
		struct {
			union regex_step_to to;
			union {
				uint32_t set;	   /* while steps are made */
				const bool *first; /* 257: what may stand at the place */
			};
		} mark;
		struct {
			union {
				uint32_t table; /* while steps are made */
				const uint16_t
					*by_byte; /* 257 indexes of turns; [256] at the end */
			};
			union {
				uint32_t base;
				const struct regex_branch *turns;
			};
		} fork;
		const struct regex_item *lazy;
		union regex_step_to to;
		struct {
			uint32_t node;	 /* of STEP_RULE_ENDS: whose */
			uint32_t lowest; /* of STEP_BEFORE */
		} rule;
	};
};

/* A place that the walk may come back to. */
struct regex_slot {
	const char *p;
	union {
		const char *stop;		 /* of a lazy set */
		const struct regex_branch *turn; /* the next one */
	};
	uint32_t taken; /* the groups that had taken part */
	uint32_t rounds;
};

#endif
