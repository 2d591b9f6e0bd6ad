/* SPDX-License-Identifier: MIT */
#include "regex_prog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match/byteset.h"

enum { LITERAL_MOST = 8, REGISTERS_MOST = 4096 };

void regex_prog_free(struct regex_prog *prog)
{
	free(prog->insts);
	free(prog->labels);
	free(prog->branches);
	free(prog->tables);
	free(prog->firsts);
	free(prog->sets);
	*prog = (struct regex_prog){ 0 };
}

/* The array with room for one more; it doubles when n is a power of two. NULL: out of memory, now or before. */
static void *grow(struct regex_prog *prog, void *things, uint32_t n, size_t size)
{
	void *moved = things;

	if (prog->failed)
		return NULL;
	if ((n & (n - 1)) == 0)
		moved = reallocarray(things, n ? 2 * (size_t)n : 1, size);
	if (!moved)
		prog->failed = true;
	return moved;
}

uint32_t regex_prog_label(struct regex_prog *prog)
{
	uint32_t *labels = grow(prog, prog->labels, prog->labels_n, sizeof(*labels));

	if (!labels)
		return 0;
	prog->labels = labels;
	return prog->labels_n++;
}

void regex_prog_bind(struct regex_prog *prog, uint32_t label)
{
	if (prog->failed)
		return;
	prog->labels[label] = prog->insts_n;
	prog->bound = prog->insts_n;
}

struct regex_inst *regex_prog_emit(struct regex_prog *prog, enum regex_opcode opcode, uint32_t fail)
{
	struct regex_inst *insts = grow(prog, prog->insts, prog->insts_n, sizeof(*insts));
	struct regex_inst *inst = &prog->discard;

	if (insts) {
		prog->insts = insts;
		inst = &insts[prog->insts_n++];
	}
	*inst = (struct regex_inst){ .opcode = (uint8_t)opcode, .fail.label = fail };
	return inst;
}

struct regex_inst *regex_prog_emit_reg(struct regex_prog *prog, enum regex_opcode opcode,
				       uint32_t fail, unsigned reg)
{
	struct regex_inst *inst = regex_prog_emit(prog, opcode, fail);

	inst->reg = (uint16_t)reg;
	if (reg >= prog->registers)
		prog->registers = reg + 1;
	if (reg > REGISTERS_MOST)
		prog->failed = true;
	return inst;
}

void regex_prog_emit_to(struct regex_prog *prog, enum regex_opcode opcode, unsigned reg,
			uint32_t to)
{
	regex_prog_emit_reg(prog, opcode, to, reg)->to.label = to;
}

void regex_prog_emit_literal(struct regex_prog *prog, uint8_t byte, uint32_t fail)
{
	struct regex_inst *inst = prog->insts_n > prog->bound ? &prog->insts[prog->insts_n - 1]
							      : NULL;

	if (!inst || inst->opcode != INST_LITERAL || inst->byte == LITERAL_MOST ||
	    inst->fail.label != fail)
		inst = regex_prog_emit(prog, INST_LITERAL, fail);
	((unsigned char *)&inst->literal.text)[inst->byte] = byte;
	((unsigned char *)&inst->literal.mask)[inst->byte] = 0xff;
	inst->byte++;
}

uint32_t regex_prog_add_set(struct regex_prog *prog, const bool has[256])
{
	struct byteset *sets;

	for (uint32_t i = 0; i < prog->sets_n; i++)
		if (memcmp(prog->sets[i].has, has, sizeof(prog->sets[i].has)) == 0)
			return i;
	sets = grow(prog, prog->sets, prog->sets_n, sizeof(*sets));
	if (!sets)
		return 0;
	prog->sets = sets;
	byteset_make(&sets[prog->sets_n], has);
	return prog->sets_n++;
}

static bool same_branch(const struct regex_branch *a, const struct regex_branch *b)
{
	return a->lowest == b->lowest && a->to.label == b->to.label;
}

/* Where the list already is, counted from base, or SIZE_MAX. */
static size_t same_list(const struct regex_prog *prog, uint32_t base,
			const struct regex_branch *list, size_t n)
{
	for (uint32_t at = base; at + n <= prog->branches_n; at++) {
		size_t same = 0;

		while (same < n && same_branch(&prog->branches[at + same], &list[same]))
			same++;
		if (same == n)
			return at - base;
	}
	return SIZE_MAX;
}

/* Where the list is, counted from base; appended if it is new. */
static uint16_t add_list(struct regex_prog *prog, uint32_t base, const struct regex_branch *list,
			 size_t n)
{
	size_t at = same_list(prog, base, list, n);

	if (at != SIZE_MAX)
		return (uint16_t)at;
	at = prog->branches_n - base;
	if (at + n > UINT16_MAX)
		prog->failed = true;
	for (size_t i = 0; i < n; i++) {
		struct regex_branch *branches =
			grow(prog, prog->branches, prog->branches_n, sizeof(*branches));

		if (!branches)
			break;
		prog->branches = branches;
		branches[prog->branches_n++] = list[i];
	}
	return (uint16_t)at;
}

uint32_t regex_prog_add_first(struct regex_prog *prog, const bool first[REGEX_NEXT])
{
	bool(*firsts)[REGEX_NEXT] = grow(prog, prog->firsts, prog->firsts_n, sizeof(*firsts));

	if (!firsts)
		return 0;
	prog->firsts = firsts;
	memcpy(firsts[prog->firsts_n], first, sizeof(*firsts));
	return prog->firsts_n++;
}

void regex_prog_add_table(struct regex_prog *prog, struct regex_inst *inst,
			  const struct regex_branch *branches, size_t n,
			  const bool (*first)[REGEX_NEXT])
{
	uint16_t(*tables)[REGEX_NEXT] = grow(prog, prog->tables, prog->tables_n, sizeof(*tables));
	struct regex_branch *list = calloc(n + 1, sizeof(*list));
	uint32_t base = prog->branches_n;

	if (!list)
		prog->failed = true;
	if (tables)
		prog->tables = tables;
	for (unsigned byte = 0; byte < REGEX_NEXT && !prog->failed; byte++) {
		size_t kept = 0;

		for (size_t i = 0; i < n; i++)
			if (first[i][byte])
				list[kept++] = branches[i];
		memset(&list[kept], 0, sizeof(*list));
		list[kept].lowest = REGEX_NONE;
		list[kept].to = inst->fail;
		tables[prog->tables_n][byte] = add_list(prog, base, list, kept + 1);
	}
	free(list);
	inst->branch.index = tables ? prog->tables_n++ : 0;
	inst->branch.base = base;
}

static void resolve(const struct regex_prog *prog, union regex_target *to)
{
	uint32_t label = to->label;

	to->inst = &prog->insts[prog->labels[label]];
}

static void resolve_inst(const struct regex_prog *prog, struct regex_inst *inst)
{
	resolve(prog, &inst->fail);
	switch (inst->opcode) {
	case INST_JUMP:
	case INST_RESTORE:
		resolve(prog, &inst->to);
		break;
	case INST_BYTE:
	case INST_RUN:
	case INST_ANY:
		inst->run.set = &prog->sets[inst->run.index];
		break;
	case INST_TRY:
		resolve(prog, &inst->try.to);
		inst->try.first = prog->firsts[inst->try.index];
		break;
	case INST_SWITCH:
	case INST_BRANCH:
		inst->branch.by_byte = prog->tables[inst->branch.index];
		inst->branch.branches = &prog->branches[inst->branch.base];
		break;
	default:
		break;
	}
}

int regex_prog_finish(struct regex_prog *prog)
{
	if (prog->failed)
		return -ENOMEM;
	for (uint32_t i = 0; i < prog->branches_n; i++)
		resolve(prog, &prog->branches[i].to);
	for (uint32_t i = 0; i < prog->insts_n; i++)
		resolve_inst(prog, &prog->insts[i]);
	return 0;
}
