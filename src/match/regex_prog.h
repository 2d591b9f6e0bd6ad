/* SPDX-License-Identifier: MIT */
/*
 * regex_prog: the instruction set of the matcher. The one-pass prefixes of many patterns are compiled to one list of
 * instructions (regex_compile.h), which regex_exec() interprets.
 *
 * An instruction that matches continues with the next one. One that does not continues at `fail`: an instruction that restores
 * a saved position and tries another alternative or pattern, or INST_HALT.
 */
#ifndef RELAYDAM_MATCH_REGEX_PROG_H
#define RELAYDAM_MATCH_REGEX_PROG_H

#include "match/regex_ast.h"

enum regex_opcode {
	INST_HALT,    /* no other pattern can match */
	INST_FAIL,    /* never matches */
	INST_JUMP,    /* continues at `to` */
	INST_LITERAL, /* up to 8 bytes */
	INST_BYTE,    /* one byte of a set */
	INST_RUN,     /* the longest run of a set, min to max bytes */
	INST_ANY,     /* as many bytes as there are, min to max */
	INST_LAZY, /* the shortest run after which the follow set matches; then skips an instruction */
	INST_LAZY_NEXT,	    /* follows INST_LAZY: a retry with the next longer run */
	INST_WORD_BOUNDARY, /* \b */
	INST_END,	    /* $ */
	INST_TRY, /* saves the position and skips an instruction; or continues at `to` if the next byte cannot match */
	INST_RESTORE, /* goes back to the saved position and continues at `to` */
	INST_SAVE,    /* saves the position */
	INST_CAPTURE, /* a group from the saved position to here */
	INST_SWITCH,  /* saves the position and continues at the alternative for the next byte */
	INST_BRANCH,  /* saves the position; several patterns continue here, tried in order */
	INST_BRANCH_NEXT, /* follows INST_BRANCH: goes back to the position, the next pattern */
	INST_MATCH,	  /* the prefix of one pattern or more ends here: regex_exec() returns */
	INST_PRUNE,	  /* fails unless a pattern of lower index than the best match is left */
};

/* An index, or none. */
#define REGEX_NONE UINT32_MAX

struct regex_inst;
struct byteset;

/* A label while the program is compiled, then the instruction. */
union regex_target {
	uint32_t label;
	const struct regex_inst *inst;
};

struct regex_branch {
	uint32_t lowest; /* lowest index of a pattern that it leads to; REGEX_NONE ends a list */
	union regex_target to;
};

/* Members of unions named "index" are for the compiler: they become the pointer beside them. */
struct regex_inst {
	uint8_t opcode;
	uint8_t byte;  /* of INST_LITERAL: how many; of INST_CAPTURE: enum group */
	uint8_t group; /* of INST_RUN, INST_ANY: bit of the group that it captures, or 0 */
	uint16_t reg;  /* register of the saved position */
	union regex_target fail;
	union {
		struct {
			uint64_t text, mask; /* the bytes as they lie in memory */
		} literal;
		struct {
			union {
				uint32_t index;
				const struct byteset *set;
			};
			uint32_t min, max;
		} run;
		struct {
			union regex_target to;
			union {
				uint32_t index;
				const bool *first; /* REGEX_NEXT */
			};
		} try;
		struct {
			union {
				uint32_t index;
				const uint16_t
					*by_byte; /* REGEX_NEXT: where in branches a list begins */
			};
			union {
				uint32_t base;
				const struct regex_branch *branches;
			};
		} branch;
		const struct regex_node *lazy;
		union regex_target to;
		uint32_t node;	 /* of INST_MATCH: which node of the prefix tree */
		uint32_t lowest; /* of INST_PRUNE: lowest index of a pattern after it */
	};
};

/* A saved position. */
struct regex_register {
	const char *p;
	union {
		const char *stop;		   /* INST_LAZY: the longest run ends here */
		const struct regex_branch *branch; /* INST_BRANCH: the next to try */
	};
	uint32_t captured; /* bit set of the groups that had been captured */
};

/* A program, and what its instructions point to. Starts zeroed. */
struct regex_prog {
	struct regex_inst *insts;
	uint32_t insts_n;
	uint32_t bound;	  /* the latest bound label: literals are not merged across it */
	uint32_t *labels; /* index of the instruction of each */
	uint32_t labels_n;
	struct regex_branch *branches; /* lists, each ended by REGEX_NONE */
	uint32_t branches_n;
	uint16_t (*tables)[REGEX_NEXT]; /* of INST_BRANCH and INST_SWITCH */
	uint32_t tables_n;
	bool (*firsts)[REGEX_NEXT]; /* of INST_TRY */
	uint32_t firsts_n;
	struct byteset *sets;
	uint32_t sets_n;
	uint32_t registers;	   /* how many regex_exec() needs */
	struct regex_inst discard; /* what is emitted goes here when memory is short */
	bool failed;		   /* out of memory: see regex_prog_finish() */
};

void regex_prog_free(struct regex_prog *prog);

/* Returns a label, a forward reference that is not bound yet. */
uint32_t regex_prog_label(struct regex_prog *prog);

/* Binds a label to the next instruction. */
void regex_prog_bind(struct regex_prog *prog, uint32_t label);

/*
 * Append an instruction. The pointer returned is never NULL, and valid until the next one is appended. _reg: one that uses the
 * register `reg`. _to: one of these with a target, a label.
 */
struct regex_inst *regex_prog_emit(struct regex_prog *prog, enum regex_opcode opcode,
				   uint32_t fail);
struct regex_inst *regex_prog_emit_reg(struct regex_prog *prog, enum regex_opcode opcode,
				       uint32_t fail, unsigned reg);
void regex_prog_emit_to(struct regex_prog *prog, enum regex_opcode opcode, unsigned reg,
			uint32_t to);

/* Appends an INST_LITERAL, or adds the byte to the last one. */
void regex_prog_emit_literal(struct regex_prog *prog, uint8_t byte, uint32_t fail);

/* Return the index of a set of bytes; of a set of what may come next, for INST_TRY. */
uint32_t regex_prog_add_set(struct regex_prog *prog, const bool has[256]);
uint32_t regex_prog_add_first(struct regex_prog *prog, const bool first[REGEX_NEXT]);

/*
 * Completes inst, an INST_BRANCH or INST_SWITCH: for each byte that may come next, the list of those of the n branches for
 * which first[i][byte] is set, in their order.
 */
void regex_prog_add_table(struct regex_prog *prog, struct regex_inst *inst,
			  const struct regex_branch *branches, size_t n,
			  const bool (*first)[REGEX_NEXT]);

/* Resolves labels and indexes; nothing can be appended behind it. Returns 0, or -ENOMEM if memory was short at any time. */
int regex_prog_finish(struct regex_prog *prog);

#endif
