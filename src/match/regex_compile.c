/* SPDX-License-Identifier: MIT */
#include "regex_compile.h"

#include <stdlib.h>
#include <string.h>

#include "regex_onepass.h"

static void compile_class(struct regex_prog *prog, const struct regex_node *node, int group,
			  uint32_t fail)
{
	bool one = node->min == 1 && node->max == 1 && group < 0;
	bool all = node->scan == SCAN_ALL && !one;
	struct regex_inst *inst = regex_prog_emit(prog,
						  one	? INST_BYTE
						  : all ? INST_ANY
							: INST_RUN,
						  fail);

	inst->group = (uint8_t)(group < 0 ? 0U : 1U << group);
	inst->run.index = regex_prog_add_set(prog, node->bytes);
	inst->run.min = node->min;
	inst->run.max = node->max;
}

/* Behind a lazy class, each mismatch in the rest of the sequence goes back to the class for a longer run. */
static void compile_sequence(struct regex_prog *prog, const struct regex_node *nodes, size_t n,
			     uint32_t fail, unsigned reg)
{
	for (size_t i = 0; i < n; i++) {
		const struct regex_node *node = &nodes[i];
		uint32_t again;

		if (!node->follow) {
			regex_compile_node(prog, node, fail, reg);
			continue;
		}
		regex_prog_emit_reg(prog, INST_LAZY, fail, reg)->lazy = node;
		again = regex_prog_label(prog);
		regex_prog_bind(prog, again);
		regex_prog_emit_reg(prog, INST_LAZY_NEXT, fail, reg)->lazy = node;
		fail = again;
		reg++;
	}
}

/* Can an alternative up to i and one behind it begin with the same byte? */
static bool may_share(const bool (*first)[REGEX_NEXT], size_t n, size_t i)
{
	for (size_t before = 0; before <= i; before++)
		for (size_t behind = i + 1; behind < n; behind++)
			for (unsigned byte = 0; byte < REGEX_NEXT; byte++)
				if (first[before][byte] && first[behind][byte])
					return true;
	return false;
}

/* The alternatives behind an INST_SWITCH. One that fails goes on to the next one where that can begin with the same byte. */
static void compile_cases(struct regex_prog *prog, const struct regex_node *node,
			  const struct regex_branch *branches, const bool (*first)[REGEX_NEXT],
			  uint32_t fail, unsigned reg)
{
	uint32_t end = regex_prog_label(prog);

	for (size_t i = 0; i < node->n; i++) {
		const struct regex_sequence *alternative = &node->alternatives[i];
		bool retry = may_share(first, node->n, i);
		uint32_t back = retry ? regex_prog_label(prog) : fail;

		regex_prog_bind(prog, branches[i].to.label);
		compile_sequence(prog, alternative->nodes, alternative->n, back, reg + 1);
		if (i + 1 < node->n)
			regex_prog_emit_to(prog, INST_JUMP, reg, end);
		if (retry) {
			regex_prog_bind(prog, back);
			regex_prog_emit_to(prog, INST_RESTORE, reg, branches[i + 1].to.label);
		}
	}
	regex_prog_bind(prog, end);
}

static void compile_alternatives(struct regex_prog *prog, const struct regex_node *node,
				 uint32_t fail, unsigned reg)
{
	struct regex_branch *branches;
	bool(*first)[REGEX_NEXT];

	if (node->n == 1) {
		compile_sequence(prog, node->alternatives->nodes, node->alternatives->n, fail, reg);
		return;
	}
	branches = calloc(node->n, sizeof(*branches));
	first = calloc(node->n, sizeof(*first));
	if (branches && first) {
		for (size_t i = 0; i < node->n; i++) {
			const struct regex_sequence *alternative = &node->alternatives[i];

			branches[i].to.label = regex_prog_label(prog);
			regex_onepass_first(alternative->nodes, alternative->n, first[i]);
		}
		regex_prog_add_table(prog, regex_prog_emit_reg(prog, INST_SWITCH, fail, reg),
				     branches, node->n, (const bool(*)[REGEX_NEXT])first);
		compile_cases(prog, node, branches, (const bool(*)[REGEX_NEXT])first, fail, reg);
	} else {
		prog->failed = true;
	}
	free(branches);
	free(first);
}

static void emit_capture(struct regex_prog *prog, const struct regex_node *node, unsigned reg)
{
	if (node->capture >= 0)
		regex_prog_emit_reg(prog, INST_CAPTURE, 0, reg)->byte = (uint8_t)node->capture;
}

/* The class that the group consists of, or NULL. */
static const struct regex_node *sole_class(const struct regex_node *node)
{
	const struct regex_node *inner =
		node->n == 1 && node->alternatives->n == 1 ? node->alternatives->nodes : NULL;

	return inner && inner->kind == NODE_CLASS && !inner->follow ? inner : NULL;
}

static void compile_once(struct regex_prog *prog, const struct regex_node *node, uint32_t fail,
			 unsigned reg)
{
	const struct regex_node *inner = node->capture >= 0 ? sole_class(node) : NULL;

	if (inner) {
		compile_class(prog, inner, node->capture, fail);
		return;
	}
	if (node->capture >= 0)
		regex_prog_emit_reg(prog, INST_SAVE, fail, reg++);
	compile_alternatives(prog, node, fail, reg);
	emit_capture(prog, node, reg - 1);
}

/* Adds the set of bytes that one of the alternatives can begin with. Returns its index. */
static uint32_t alternatives_first(struct regex_prog *prog, const struct regex_node *node)
{
	bool all[REGEX_NEXT] = { false };

	for (size_t a = 0; a < node->n; a++) {
		const struct regex_sequence *alternative = &node->alternatives[a];
		bool first[REGEX_NEXT];

		regex_onepass_first(alternative->nodes, alternative->n, first);
		for (unsigned byte = 0; byte < REGEX_NEXT; byte++)
			all[byte] |= first[byte];
	}
	return regex_prog_add_first(prog, all);
}

/* Tries what is compiled next. On mismatch, at label `back`, the position is restored and control continues at `end`. */
static void emit_try(struct regex_prog *prog, const struct regex_node *node, uint32_t back,
		     uint32_t end, unsigned reg)
{
	uint32_t first = alternatives_first(prog, node);
	struct regex_inst *inst = regex_prog_emit_reg(prog, INST_TRY, back, reg);

	inst->try.to.label = end;
	inst->try.index = first;
	regex_prog_bind(prog, back);
	regex_prog_emit_to(prog, INST_RESTORE, reg, end);
}

static void compile_optional(struct regex_prog *prog, const struct regex_node *node, unsigned reg)
{
	uint32_t back = regex_prog_label(prog), end = regex_prog_label(prog);

	emit_try(prog, node, back, end, reg);
	compile_alternatives(prog, node, back, reg + 1);
	emit_capture(prog, node, reg);
	regex_prog_bind(prog, end);
}

static void compile_group(struct regex_prog *prog, const struct regex_node *node, uint32_t fail,
			  unsigned reg)
{
	if (node->min == 1)
		compile_once(prog, node, fail, reg);
	else
		compile_optional(prog, node, reg);
}

static void compile_lookahead(struct regex_prog *prog, const struct regex_node *node, uint32_t fail,
			      unsigned reg)
{
	uint32_t end = regex_prog_label(prog), back = regex_prog_label(prog);

	if (!node->negative) {
		regex_prog_emit_reg(prog, INST_SAVE, fail, reg);
		compile_alternatives(prog, node, fail, reg + 1);
		regex_prog_emit_to(prog, INST_RESTORE, reg, end);
	} else {
		emit_try(prog, node, back, end, reg);
		compile_alternatives(prog, node, back, reg + 1);
		regex_prog_emit(prog, INST_FAIL, fail);
	}
	regex_prog_bind(prog, end);
}

uint32_t regex_compile_branch(struct regex_prog *prog, const struct regex_branch *branches,
			      size_t n, const bool (*first)[REGEX_NEXT], uint32_t fail,
			      unsigned reg)
{
	uint32_t next = regex_prog_label(prog);

	regex_prog_add_table(prog, regex_prog_emit_reg(prog, INST_BRANCH, fail, reg), branches, n,
			     first);
	regex_prog_bind(prog, next);
	regex_prog_emit_reg(prog, INST_BRANCH_NEXT, fail, reg);
	return next;
}

void regex_compile_node(struct regex_prog *prog, const struct regex_node *node, uint32_t fail,
			unsigned reg)
{
	switch (node->kind) {
	case NODE_LITERAL:
		regex_prog_emit_literal(prog, node->byte, fail);
		break;
	case NODE_CLASS:
		compile_class(prog, node, -1, fail);
		break;
	case NODE_GROUP:
		compile_group(prog, node, fail, reg);
		break;
	case NODE_LOOKAHEAD:
		compile_lookahead(prog, node, fail, reg);
		break;
	case NODE_WORD_BOUNDARY:
		regex_prog_emit(prog, INST_WORD_BOUNDARY, fail);
		break;
	case NODE_END:
		regex_prog_emit(prog, INST_END, fail);
		break;
	default:
		regex_prog_emit(prog, INST_FAIL, fail);
		break;
	}
}
