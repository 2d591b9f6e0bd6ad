/* SPDX-License-Identifier: MIT */
#include "match/pattern_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "regex_compile.h"
#include "regex_exec.h"

struct tree_node {
	const struct regex_node *ast; /* what leads here from the parent */
	uint32_t lowest; /* lowest index of a pattern at or below the node, whose ast it is */
	uint32_t child, sibling; /* indexes in nodes, or REGEX_NONE */
	uint32_t children;
	uint32_t *ends; /* indexes of the patterns whose prefix ends here */
	uint32_t ends_n;
};

struct pattern_set {
	const struct pattern *const *patterns;
	struct tree_node **nodes;
	uint32_t n;
	struct regex_prog prog;
	struct regex_register *registers; /* for regex_exec() */
};

void pattern_set_free(struct pattern_set *set)
{
	if (!set)
		return;
	for (uint32_t i = 0; i < set->n; i++) {
		free(set->nodes[i]->ends);
		free(set->nodes[i]);
	}
	free(set->nodes);
	regex_prog_free(&set->prog);
	free(set->registers);
	free((void *)set->patterns);
	free(set);
}

/* Returns the node's index, or REGEX_NONE when out of memory. */
static uint32_t node_new(struct pattern_set *set, const struct regex_node *ast, uint32_t lowest)
{
	struct tree_node **more = reallocarray(set->nodes, set->n + 1, sizeof(struct tree_node *));

	if (!more)
		return REGEX_NONE;
	set->nodes = more;
	more[set->n] = malloc(sizeof(struct tree_node));
	if (!more[set->n])
		return REGEX_NONE;
	*more[set->n] = (struct tree_node){
		.ast = ast, .lowest = lowest, .child = REGEX_NONE, .sibling = REGEX_NONE
	};
	return set->n++;
}

static struct span node_text(const struct pattern *pattern, const struct regex_node *ast)
{
	return (struct span){ pattern_expanded(pattern) + ast->at, ast->len };
}

/*
 * The child of `parent` for a node of the pattern `index`, made if it is new: nodes of the same text are the same. REGEX_NONE:
 * out of memory.
 */
static uint32_t child_for(struct pattern_set *set, uint32_t parent, const struct regex_node *ast,
			  uint32_t index)
{
	struct span text = node_text(set->patterns[index], ast);
	uint32_t *link = &set->nodes[parent]->child;
	uint32_t made;

	for (; *link != REGEX_NONE; link = &set->nodes[*link]->sibling) {
		const struct tree_node *child = set->nodes[*link];

		if (span_equal(node_text(set->patterns[child->lowest], child->ast), text))
			return *link;
	}
	made = node_new(set, ast, index);
	if (made == REGEX_NONE)
		return REGEX_NONE;
	*link = made; /* still valid: node_new() moves the array, not the nodes */
	set->nodes[parent]->children++;
	return made;
}

static int end_at(struct pattern_set *set, uint32_t at, uint32_t index)
{
	struct tree_node *node = set->nodes[at];
	uint32_t *ends = reallocarray(node->ends, node->ends_n + 1, sizeof(*ends));

	if (!ends)
		return -ENOMEM;
	node->ends = ends;
	ends[node->ends_n++] = index;
	return 0;
}

/* Adds the prefix of a pattern; patterns come in the order of their indexes. */
static int add_prefix(struct pattern_set *set, uint32_t index)
{
	struct regex_sequence prefix = pattern_prefix(set->patterns[index]);
	uint32_t at = 0;

	for (size_t i = 0; i < prefix.n; i++) {
		at = child_for(set, at, &prefix.nodes[i], index);
		if (at == REGEX_NONE)
			return -ENOMEM;
	}
	return end_at(set, at, index);
}

static void emit(struct pattern_set *set, uint32_t at, uint32_t fail, unsigned reg);

/* Sets the bytes that a match through the child can begin with. */
static void child_first(const struct pattern_set *set, uint32_t at, bool first[REGEX_NEXT])
{
	const struct tree_node *node = set->nodes[at];

	if (!regex_node_nullable(node->ast)) {
		regex_node_first(node->ast, first);
	} else if (node->ast->kind == NODE_LOOKAHEAD && node->ends_n == 0) {
		for (uint32_t c = node->child; c != REGEX_NONE; c = set->nodes[c]->sibling)
			child_first(set, c, first);
	} else {
		memset(first, true, REGEX_NEXT * sizeof(*first));
	}
}

/* A branch for each child, and the bytes that it can begin with. */
static void list_branches(struct pattern_set *set, const struct tree_node *node,
			  struct regex_branch *branches, bool (*first)[REGEX_NEXT])
{
	uint32_t c = node->child;

	for (uint32_t i = 0; i < node->children; i++, c = set->nodes[c]->sibling) {
		branches[i].lowest = set->nodes[c]->lowest;
		branches[i].to.label = regex_prog_label(&set->prog);
		child_first(set, c, first[i]);
	}
}

static bool is_lookahead(const struct tree_node *node)
{
	return node->ast->kind == NODE_LOOKAHEAD;
}

/* Children are in the order of their lowest patterns, since patterns are added in order. */
static void emit_children(struct pattern_set *set, const struct tree_node *node, uint32_t fail,
			  unsigned reg)
{
	struct regex_branch *branches = calloc(node->children, sizeof(*branches));
	bool(*first)[REGEX_NEXT] = calloc(node->children, sizeof(*first));
	struct regex_prog *prog = &set->prog;
	uint32_t c = node->child, next;

	if (!branches || !first) {
		prog->failed = true;
		goto out;
	}
	list_branches(set, node, branches, first);
	next = regex_compile_branch(prog, branches, node->children,
				    (const bool(*)[REGEX_NEXT])first, fail, reg);
	for (uint32_t i = 0; i < node->children; i++, c = set->nodes[c]->sibling) {
		regex_prog_bind(prog, branches[i].to.label);
		regex_compile_node(prog, set->nodes[c]->ast, next, reg + 1);
		emit(set, c, next, reg + 1);
	}
out:
	free(branches);
	free(first);
}

/* Emits the tree below the node. The depth is at most the number of nodes of a pattern. */
static void emit(struct pattern_set *set, uint32_t at, uint32_t fail, unsigned reg)
{
	const struct tree_node *node = set->nodes[at];
	uint32_t c = node->child;

	if (node->ends_n > 0) {
		regex_prog_emit(&set->prog, INST_MATCH, fail)->node = at;
		regex_prog_emit(&set->prog, INST_PRUNE, fail)->lowest =
			c == REGEX_NONE ? REGEX_NONE : set->nodes[c]->lowest;
	}
	if (node->children == 1 && !is_lookahead(set->nodes[c])) {
		regex_compile_node(&set->prog, set->nodes[c]->ast, fail, reg);
		emit(set, c, fail, reg);
	} else if (node->children > 0) {
		emit_children(set, node, fail, reg);
	}
}

/* From the tree to the program. */
static int compile_tree(struct pattern_set *set)
{
	struct regex_prog *prog = &set->prog;
	uint32_t stop = regex_prog_label(prog);

	emit(set, 0, stop, 0);
	regex_prog_bind(prog, stop);
	regex_prog_emit(prog, INST_HALT, stop);
	set->registers = calloc(prog->registers + 1, sizeof(*set->registers));
	return set->registers ? regex_prog_finish(prog) : -ENOMEM;
}

int pattern_set_new(struct pattern_set **out, const struct pattern *const *patterns, size_t n)
{
	struct pattern_set *set = calloc(1, sizeof(*set));
	int r = 0;

	if (!set)
		return -ENOMEM;
	set->patterns = malloc((n + 1) * sizeof(*patterns));
	if (!set->patterns || node_new(set, NULL, 0) == REGEX_NONE) {
		pattern_set_free(set);
		return -ENOMEM;
	}
	memcpy((void *)set->patterns, patterns, n * sizeof(*patterns));
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = add_prefix(set, i);
	if (r == 0)
		r = compile_tree(set);
	if (r < 0)
		pattern_set_free(set);
	else
		*out = set;
	return r;
}

/* What the prefix has captured. */
static struct capture captured(const struct regex_exec *exec)
{
	struct capture capture = { 0 };

	for (unsigned left = exec->captured; left; left &= left - 1)
		capture.group[__builtin_ctz(left)] = exec->group[__builtin_ctz(left)];
	return capture;
}

struct search {
	struct pattern_scratch *scratch;
	struct span message;
	uint32_t from;	  /* patterns before it are not wanted */
	uint32_t gave_up; /* lowest pattern that hit a limit, or REGEX_NONE */
	struct capture *capture;
};

/* Some prefixes end here. Tries the rest of each of these patterns that is before the best match so far. */
static void match_rests(const struct pattern_set *set, struct search *search,
			struct regex_exec *exec, const struct tree_node *node)
{
	size_t at = (size_t)(exec->p - search->message.p);

	for (uint32_t i = 0; i < node->ends_n && node->ends[i] < exec->best; i++) {
		struct capture capture;
		int r;

		if (node->ends[i] < search->from)
			continue;
		capture = captured(exec);
		r = pattern_match_rest(set->patterns[node->ends[i]], search->scratch,
				       search->message, at, &capture);
		if (r == PATTERN_GAVE_UP && node->ends[i] < search->gave_up)
			search->gave_up = node->ends[i];
		if (r != PATTERN_YES)
			continue;
		exec->best = node->ends[i];
		*search->capture = capture;
		return;
	}
}

int pattern_set_match(const struct pattern_set *set, struct pattern_scratch *scratch,
		      struct span message, size_t from, size_t *index, struct capture *capture)
{
	struct search search = { scratch, message, (uint32_t)from, REGEX_NONE, capture };
	const struct regex_inst *end;
	struct regex_exec exec;

	regex_exec_begin(&exec, &set->prog, set->registers, message);
	while ((end = regex_exec(&exec)))
		match_rests(set, &search, &exec, set->nodes[end->node]);
	if (exec.budget == 0) {
		*index = PATTERN_SET_PREFIX;
		return PATTERN_GAVE_UP;
	}
	*index = search.gave_up < exec.best ? search.gave_up : exec.best;
	if (search.gave_up < exec.best)
		return PATTERN_GAVE_UP;
	return exec.best != REGEX_NONE ? PATTERN_YES : PATTERN_NO;
}
