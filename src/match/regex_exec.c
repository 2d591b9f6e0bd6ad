/* SPDX-License-Identifier: MIT */
#include "regex_exec.h"

#include "match/byteset.h"
#include "match/regex_ast.h"
#include "util/cursor.h"

/*
 * What instructions change: a copy of these members of struct regex_exec, so that the compiler can keep them in machine
 * registers.
 */
struct state {
	const char *p;
	uint32_t captured, budget;
	const struct regex_inst *match; /* the INST_MATCH that was reached */
};

enum { AT_END = 256 };

static inline unsigned byte_at(const struct regex_exec *exec, const char *p)
{
	return p < exec->end ? (unsigned char)*p : AT_END;
}

static inline const char *limit(const struct regex_exec *exec, uint32_t max, const char *p)
{
	return max < (size_t)(exec->end - p) ? p + max : exec->end;
}

static inline const char *scan_set(const bool *set, const char *p, const char *stop)
{
	while (p < stop && set[(unsigned char)*p])
		p++;
	return p;
}

static inline const char *scan_all_but(uint8_t byte, const char *p, const char *stop)
{
	const char *found = memchr(p, byte, (size_t)(stop - p));

	return found ? found : stop;
}

/* Matches a run up to `end` if it is long enough. */
static inline const struct regex_inst *
accept_run(struct state *state, const struct regex_inst *inst, const char *end, struct span *group)
{
	if ((size_t)(end - state->p) < inst->run.min)
		return inst->fail.inst;
	if (inst->group) {
		group[__builtin_ctz(inst->group)] =
			(struct span){ state->p, (size_t)(end - state->p) };
		state->captured |= inst->group;
	}
	state->p = end;
	return inst + 1;
}

static inline const struct regex_inst *
match_literal(const struct regex_exec *exec, struct state *state, const struct regex_inst *inst)
{
	size_t left = (size_t)(exec->end - state->p);
	uint64_t text = 0;

	if (left >= sizeof(text))
		memcpy(&text, state->p, sizeof(text));
	else if (left < inst->byte)
		return inst->fail.inst;
	else
		for (size_t i = 0; i < left; i++)
			((unsigned char *)&text)[i] = (unsigned char)state->p[i];
	if ((text & inst->literal.mask) != inst->literal.text)
		return inst->fail.inst;
	state->p += inst->byte;
	return inst + 1;
}

static inline const struct regex_inst *
match_byte(const struct regex_exec *exec, struct state *state, const struct regex_inst *inst)
{
	if (state->p == exec->end || !inst->run.set->has[(unsigned char)*state->p])
		return inst->fail.inst;
	state->p++;
	return inst + 1;
}

static bool is_word(char c)
{
	return is_alnum(c) || c == '_';
}

static bool at_boundary(const struct regex_exec *exec, const char *p)
{
	bool before = p > exec->begin && is_word(p[-1]);
	bool behind = p < exec->end && is_word(*p);

	return before != behind;
}

static const char *scan_class(const struct regex_node *node, const char *p, const char *stop)
{
	switch (node->scan) {
	case SCAN_ALL:
		return stop;
	case SCAN_ALL_BUT:
		return scan_all_but(node->byte, p, stop);
	default:
		return scan_set(node->bytes, p, stop);
	}
}

/* The first position in p..stop at which what follows can begin, or NULL. */
static const char *next_follow(const struct regex_exec *exec, const struct regex_node *node,
			       const char *p, const char *stop)
{
	if (node->follow_byte >= 0)
		p = scan_all_but((uint8_t)node->follow_byte, p, stop);
	while (p < stop && !node->follow[(unsigned char)*p])
		p++;
	return node->follow[byte_at(exec, p)] ? p : NULL;
}

static inline void save_position(const struct regex_exec *exec, const struct state *state,
				 const struct regex_inst *inst)
{
	exec->registers[inst->reg].p = state->p;
	exec->registers[inst->reg].captured = state->captured;
}

static inline struct regex_register *
restore_position(const struct regex_exec *exec, struct state *state, const struct regex_inst *inst)
{
	struct regex_register *saved = &exec->registers[inst->reg];

	state->p = saved->p;
	state->captured = saved->captured;
	return saved;
}

/* Ends a lazy run at the first position from state->p on at which what follows can begin. */
static const struct regex_inst *stop_at_follow(const struct regex_exec *exec, struct state *state,
					       const struct regex_inst *inst,
					       const struct regex_inst *then)
{
	const char *p;

	if (--state->budget == 0)
		return NULL;
	p = next_follow(exec, inst->lazy, state->p, exec->registers[inst->reg].stop);
	if (!p)
		return inst->fail.inst;
	state->p = p;
	save_position(exec, state, inst);
	return then;
}

static const struct regex_inst *match_lazy(const struct regex_exec *exec, struct state *state,
					   const struct regex_inst *inst)
{
	const struct regex_node *node = inst->lazy;
	const char *stop = scan_class(node, state->p, limit(exec, node->max, state->p));

	if ((size_t)(stop - state->p) < node->min)
		return inst->fail.inst;
	state->p += node->min;
	exec->registers[inst->reg].stop = stop;
	return stop_at_follow(exec, state, inst, inst + 2);
}

static const struct regex_inst *retry_lazy(const struct regex_exec *exec, struct state *state,
					   const struct regex_inst *inst)
{
	if (restore_position(exec, state, inst)->stop == state->p)
		return inst->fail.inst;
	state->p++;
	return stop_at_follow(exec, state, inst, inst + 1);
}

static inline const struct regex_branch *branches_here(const struct regex_exec *exec,
						       const struct state *state,
						       const struct regex_inst *inst)
{
	return inst->branch.branches + inst->branch.by_byte[byte_at(exec, state->p)];
}

static inline const struct regex_inst *take_branch(const struct regex_exec *exec,
						   const struct regex_inst *inst,
						   const struct regex_branch *branch)
{
	if (branch->lowest >= exec->best)
		return inst->fail.inst;
	exec->registers[inst->reg].branch = branch + 1;
	return branch->to.inst;
}

/* Executes an instruction. Returns the next one; NULL at INST_MATCH, INST_HALT and when the budget is spent. */
static inline const struct regex_inst *run_inst(const struct regex_exec *exec, struct state *state,
						const struct regex_inst *inst, struct span *group)
{
	struct regex_register *saved;
	const char *p;

	switch ((enum regex_opcode)inst->opcode) {
	case INST_LITERAL:
		return match_literal(exec, state, inst);
	case INST_BYTE:
		return match_byte(exec, state, inst);
	case INST_RUN:
		p = byteset_run(inst->run.set, state->p, limit(exec, inst->run.max, state->p),
				exec->end);
		return accept_run(state, inst, p, group);
	case INST_ANY:
		return accept_run(state, inst, limit(exec, inst->run.max, state->p), group);
	case INST_LAZY:
		return match_lazy(exec, state, inst);
	case INST_LAZY_NEXT:
		return retry_lazy(exec, state, inst);
	case INST_WORD_BOUNDARY:
		return at_boundary(exec, state->p) ? inst + 1 : inst->fail.inst;
	case INST_PRUNE:
		return inst->lowest < exec->best ? inst + 1 : inst->fail.inst;
	case INST_END:
		return state->p == exec->end ? inst + 1 : inst->fail.inst;
	case INST_FAIL:
		return inst->fail.inst;
	case INST_JUMP:
		return inst->to.inst;
	case INST_SAVE:
		save_position(exec, state, inst);
		return inst + 1;
	case INST_TRY:
		if (!inst->try.first[byte_at(exec, state->p)])
			return inst->try.to.inst;
		save_position(exec, state, inst);
		return inst + 2;
	case INST_RESTORE:
		restore_position(exec, state, inst);
		return inst->to.inst;
	case INST_CAPTURE:
		saved = &exec->registers[inst->reg];
		group[inst->byte] = (struct span){ saved->p, (size_t)(state->p - saved->p) };
		state->captured |= 1U << inst->byte;
		return inst + 1;
	case INST_SWITCH:
		save_position(exec, state, inst);
		return branches_here(exec, state, inst)->to.inst;
	case INST_BRANCH:
		save_position(exec, state, inst);
		return take_branch(exec, inst, branches_here(exec, state, inst));
	case INST_BRANCH_NEXT:
		saved = restore_position(exec, state, inst);
		return take_branch(exec, inst, saved->branch);
	case INST_MATCH:
		state->match = inst;
		return NULL;
	case INST_HALT:
		return NULL;
	default:
		__builtin_unreachable();
	}
}

const struct regex_inst *regex_exec(struct regex_exec *exec)
{
	struct state state = { exec->p, exec->captured, exec->budget, NULL };
	const struct regex_inst *inst = exec->pc;

	while (inst)
		inst = run_inst(exec, &state, inst, exec->group);
	exec->p = state.p;
	exec->captured = state.captured;
	exec->budget = state.budget;
	exec->pc = state.match ? state.match + 1 : NULL;
	return state.match;
}
