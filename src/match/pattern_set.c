/* SPDX-License-Identifier: MIT */
#include "match/pattern_set.h"

#include <errno.h>
#include <stdlib.h>

#include "regex_compile.h"
#include "regex_exec.h"

enum { FIRSTS = 257, SPLITS = 2, SPLIT_MOST = 2 };

/* An item on the way of a pattern: of a small set one byte alone. */
struct way {
	const struct pattern *owner;
	const struct regex_item *item;
	int byte; /* -1: the item as it is */
};

struct node {
	struct way way;
	uint32_t lowest;	 /* index of a pattern at or below the node */
	uint32_t child, sibling; /* of other nodes */
	uint32_t children;
	uint32_t *ends; /* indexes of the patterns whose front ends here */
	uint32_t ends_n;
};

struct pattern_set {
	const struct pattern *const *patterns;
	struct node **nodes;
	uint32_t n;
	struct regex_code code;
	struct regex_slot *slots; /* for the walk */
};

void pattern_set_free(struct pattern_set *trie)
{
	if (!trie)
		return;
	for (uint32_t i = 0; i < trie->n; i++) {
		free(trie->nodes[i]->ends);
		free(trie->nodes[i]);
	}
	free(trie->nodes);
	regex_code_free(&trie->code);
	free(trie->slots);
	free((void *)trie->patterns);
	free(trie);
}

static uint32_t node_new(struct pattern_set *trie)
{
	struct node **more = reallocarray(trie->nodes, trie->n + 1, sizeof(struct node *));

	if (!more)
		return NONE;
	trie->nodes = more;
	more[trie->n] = calloc(1, sizeof(struct node));
	if (!more[trie->n])
		return NONE;
	*more[trie->n] = (struct node){ .lowest = NONE, .child = NONE, .sibling = NONE };
	return trie->n++;
}

static struct span item_text(const struct pattern *pattern, const struct regex_item *item)
{
	return (struct span){ pattern_expanded(pattern) + item->at, item->len };
}

static bool same_way(const struct way *a, const struct way *b)
{
	if (a->byte >= 0 || b->byte >= 0)
		return a->byte == b->byte;
	return span_equal(item_text(a->owner, a->item), item_text(b->owner, b->item));
}

/* The child of `parent` for this way, made when it is new: the same text means the same. */
static uint32_t child_for(struct pattern_set *trie, uint32_t parent, const struct way *way)
{
	uint32_t *link = &trie->nodes[parent]->child;
	uint32_t made;

	for (; *link != NONE; link = &trie->nodes[*link]->sibling)
		if (same_way(&trie->nodes[*link]->way, way))
			return *link;
	made = node_new(trie);
	if (made == NONE)
		return NONE;
	*link = made; /* nodes stay where they are when their list moves */
	trie->nodes[made]->way = *way;
	trie->nodes[parent]->children++;
	return made;
}

static int end_at(struct pattern_set *trie, uint32_t at, uint32_t index)
{
	struct node *node = trie->nodes[at];
	uint32_t *ends = reallocarray(node->ends, node->ends_n + 1, sizeof(*ends));

	if (!ends)
		return -ENOMEM;
	node->ends = ends;
	ends[node->ends_n++] = index;
	return 0;
}

static bool is_byte(const struct regex_item *item, unsigned byte)
{
	return item->kind == ITEM_LITERAL ? item->byte == byte : item->set[byte];
}

/* How many bytes the item stands for, one of which it is: 1 for a literal; 0 for what is no such item. */
static unsigned choices(const struct regex_item *item)
{
	unsigned n = 0;

	if (item->kind == ITEM_LITERAL)
		return 1;
	if (item->kind != ITEM_SET || item->min != 1 || item->max != 1)
		return 0;
	for (unsigned byte = 0; byte < 256; byte++)
		n += item->set[byte];
	return n;
}

/*
 * The pattern's way from its item i on, below the node. At most `splits` small sets become a way for each of their bytes, so
 * that "[45]xx" and "5xx" go together.
 */
static int add(struct pattern_set *trie, uint32_t at, uint32_t index, size_t i, unsigned splits)
{
	struct regex_sequence front = pattern_front(trie->patterns[index]);
	struct way way = { .owner = trie->patterns[index], .byte = -1 };
	unsigned n;
	int r = 0;

	if (index < trie->nodes[at]->lowest)
		trie->nodes[at]->lowest = index;
	if (i == front.n)
		return end_at(trie, at, index);
	way.item = &front.items[i];
	n = choices(way.item);
	if (n == 0 || (n > 1 && (n > SPLIT_MOST || splits == 0))) {
		at = child_for(trie, at, &way);
		return at == NONE ? -ENOMEM : add(trie, at, index, i + 1, splits);
	}
	for (unsigned byte = 0; r == 0 && byte < 256; byte++) {
		uint32_t child;

		if (!is_byte(way.item, byte))
			continue;
		way.byte = (int)byte;
		child = child_for(trie, at, &way);
		r = child == NONE ? -ENOMEM
				  : add(trie, child, index, i + 1, n > 1 ? splits - 1 : splits);
	}
	return r;
}

static void emit(struct pattern_set *trie, uint32_t at, uint32_t fail, unsigned slot);

/* Sets the bytes that a way through the child may begin with; a look takes none. */
static void child_first(const struct pattern_set *trie, uint32_t at, bool first[FIRSTS])
{
	const struct node *node = trie->nodes[at];

	if (node->way.byte >= 0) {
		first[node->way.byte] = true;
	} else if (!regex_item_nullable(node->way.item)) {
		regex_item_first(node->way.item, first);
	} else if (node->way.item->kind == ITEM_LOOK && node->ends_n == 0) {
		for (uint32_t c = node->child; c != NONE; c = trie->nodes[c]->sibling)
			child_first(trie, c, first);
	} else {
		memset(first, true, FIRSTS * sizeof(*first));
	}
}

/* The bytes that each child may begin with, and the rules below it. */
static void fork_turns(struct pattern_set *trie, const struct node *node,
		       struct regex_branch *turns, bool (*first)[FIRSTS])
{
	uint32_t c = node->child;

	for (uint32_t i = 0; i < node->children; i++, c = trie->nodes[c]->sibling) {
		turns[i].lowest = trie->nodes[c]->lowest;
		turns[i].to.label = regex_code_label(&trie->code);
		child_first(trie, c, first[i]);
	}
}

static bool is_look(const struct node *node)
{
	return node->way.byte < 0 && node->way.item->kind == ITEM_LOOK;
}

static void emit_way(struct regex_code *code, const struct node *node, uint32_t fail, unsigned slot)
{
	struct regex_item byte = { .kind = ITEM_LITERAL, .byte = (uint8_t)node->way.byte };

	regex_code_item(code, node->way.byte < 0 ? node->way.item : &byte, fail, slot);
}

/* Children stand in the order of their lowest rules. */
static void emit_children(struct pattern_set *trie, const struct node *node, uint32_t fail,
			  unsigned slot)
{
	struct regex_branch *turns = calloc(node->children, sizeof(*turns));
	bool(*first)[FIRSTS] = calloc(node->children, sizeof(*first));
	struct regex_code *code = &trie->code;
	uint32_t c = node->child, next;

	if (!turns || !first) {
		code->failed = true;
		goto out;
	}
	fork_turns(trie, node, turns, first);
	next = regex_code_fork(code, turns, node->children, (const bool(*)[FIRSTS])first, fail,
			       slot);
	for (uint32_t i = 0; i < node->children; i++, c = trie->nodes[c]->sibling) {
		regex_code_place(code, turns[i].to.label);
		emit_way(code, trie->nodes[c], next, slot + 1);
		emit(trie, c, next, slot + 1);
	}
out:
	free(turns);
	free(first);
}

/* The steps of the tree below the node; the patterns' own length bounds the depth. */
static void emit(struct pattern_set *trie, uint32_t at, uint32_t fail, unsigned slot)
{
	const struct node *node = trie->nodes[at];
	uint32_t c = node->child;

	if (node->ends_n > 0) {
		regex_code_step(&trie->code, STEP_RULE_ENDS, fail)->rule.node = at;
		regex_code_step(&trie->code, STEP_BEFORE, fail)->rule.lowest =
			c == NONE ? NONE : trie->nodes[c]->lowest;
	}
	if (node->children == 1 && !is_look(trie->nodes[c])) {
		emit_way(&trie->code, trie->nodes[c], fail, slot);
		emit(trie, c, fail, slot);
	} else if (node->children > 0) {
		emit_children(trie, node, fail, slot);
	}
}

static int make_steps(struct pattern_set *trie)
{
	struct regex_code *code = &trie->code;
	uint32_t stop = regex_code_label(code);

	emit(trie, 0, stop, 0);
	regex_code_place(code, stop);
	regex_code_step(code, STEP_STOP, stop);
	trie->slots = calloc(code->slots + 1, sizeof(*trie->slots));
	return trie->slots ? regex_code_finish(code) : -ENOMEM;
}

int pattern_set_new(struct pattern_set **out, const struct pattern *const *patterns, size_t n)
{
	struct pattern_set *trie = calloc(1, sizeof(*trie));
	int r = 0;

	if (!trie)
		return -ENOMEM;
	trie->patterns = malloc((n + 1) * sizeof(*patterns));
	if (!trie->patterns || node_new(trie) == NONE) {
		pattern_set_free(trie);
		return -ENOMEM;
	}
	memcpy((void *)trie->patterns, patterns, n * sizeof(*patterns));
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = add(trie, 0, i, 0, SPLITS);
	if (r == 0)
		r = make_steps(trie);
	if (r < 0)
		pattern_set_free(trie);
	else
		*out = trie;
	return r;
}

/* What the walk captured up to here. */
static struct capture captured(const struct regex_exec *walk)
{
	struct capture capture = { 0 };

	for (unsigned left = walk->taken; left; left &= left - 1)
		capture.group[__builtin_ctz(left)] = walk->group[__builtin_ctz(left)];
	return capture;
}

struct search {
	struct pattern_scratch *scratch;
	struct span message;
	uint32_t from;	  /* looked for: an index of at least this one */
	uint32_t gave_up; /* the first that did, NONE */
	struct capture *capture;
};

/* The walk came to where fronts end: does one of the patterns hold that stand before the best? */
static void fronts_end(const struct pattern_set *trie, struct search *search,
		       struct regex_exec *walk, const struct node *node)
{
	size_t at = (size_t)(walk->p - search->message.p);

	for (uint32_t i = 0; i < node->ends_n && node->ends[i] < walk->best; i++) {
		struct capture capture;
		int r;

		if (node->ends[i] < search->from)
			continue;
		capture = captured(walk);
		r = pattern_finish(trie->patterns[node->ends[i]], search->scratch, search->message,
				   at, &capture);
		if (r == PATTERN_GAVE_UP && node->ends[i] < search->gave_up)
			search->gave_up = node->ends[i];
		if (r != PATTERN_YES)
			continue;
		walk->best = node->ends[i];
		*search->capture = capture;
		return;
	}
}

int pattern_set_match(const struct pattern_set *trie, struct pattern_scratch *scratch,
		      struct span message, size_t from, size_t *index, struct capture *capture)
{
	struct search search = { scratch, message, (uint32_t)from, NONE, capture };
	const struct regex_step *end;
	struct regex_exec walk;

	regex_exec_begin(&walk, trie->code.steps, trie->slots, message);
	while ((end = regex_exec(&walk)))
		fronts_end(trie, &search, &walk, trie->nodes[end->rule.node]);
	if (walk.budget == 0) {
		*index = PATTERN_SET_WALK;
		return PATTERN_GAVE_UP;
	}
	*index = search.gave_up < walk.best ? search.gave_up : walk.best;
	if (search.gave_up < walk.best)
		return PATTERN_GAVE_UP;
	return walk.best != NONE ? PATTERN_YES : PATTERN_NO;
}
