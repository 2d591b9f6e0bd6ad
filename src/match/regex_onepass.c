/* SPDX-License-Identifier: MIT */
#include "regex_onepass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What follows a node: the rest of its sequence, then the rest of the sequences around it. */
struct continuation {
	const struct regex_node *nodes;
	size_t n;
	const struct continuation *up;
	bool outermost; /* nothing behind this sequence can cause a retry in it */
};

enum follow_kind {
	FOLLOW_NEVER_FAILS, /* nothing that follows can fail */
	FOLLOW_BYTES,	    /* what follows begins with one of certain bytes */
	FOLLOW_UNKNOWN,
};

/* Can it fail although it consumes no byte? */
static bool can_fail_empty(const struct regex_node *node)
{
	if (node->kind != NODE_GROUP)
		return node->kind == NODE_LOOKAHEAD || node->kind == NODE_WORD_BOUNDARY ||
		       node->kind == NODE_END;
	for (size_t a = 0; a < node->n; a++)
		for (size_t i = 0; i < node->alternatives[a].n; i++)
			if (can_fail_empty(&node->alternatives[a].nodes[i]))
				return true;
	return false;
}

static bool has_opaque(const struct regex_node *node)
{
	if (node->kind == NODE_OPAQUE)
		return true;
	for (size_t a = 0; a < node->n; a++)
		for (size_t i = 0; i < node->alternatives[a].n; i++)
			if (has_opaque(&node->alternatives[a].nodes[i]))
				return true;
	return false;
}

/* With FOLLOW_BYTES, first[] has the bytes that can follow. */
static enum follow_kind follow_bytes(const struct continuation *follow, bool first[256])
{
	bool may_fail = false;

	memset(first, 0, 256 * sizeof(*first));
	for (; follow; follow = follow->up) {
		for (size_t i = 0; i < follow->n; i++) {
			const struct regex_node *node = &follow->nodes[i];

			if (node->kind == NODE_END)
				return FOLLOW_BYTES;
			if (has_opaque(node))
				return FOLLOW_UNKNOWN;
			regex_node_first(node, first);
			if (!regex_node_nullable(node))
				return FOLLOW_BYTES;
			may_fail |= can_fail_empty(node);
		}
		if (follow->outermost)
			break;
	}
	return may_fail ? FOLLOW_UNKNOWN : FOLLOW_NEVER_FAILS;
}

static bool disjoint(const bool a[256], const bool b[256])
{
	for (unsigned i = 0; i < 256; i++)
		if (a[i] && b[i])
			return false;
	return true;
}

/* The nth node, with set[], if it matches at least one byte of a fixed class; NULL. */
static const struct regex_node *nth_byte(const struct regex_sequence *sequence, size_t n,
					 bool set[256])
{
	const struct regex_node *node = n < sequence->n ? &sequence->nodes[n] : NULL;

	if (!node || (node->kind != NODE_LITERAL && node->kind != NODE_CLASS) || node->min != 1)
		return NULL;
	memset(set, 0, 256 * sizeof(*set));
	regex_node_first(node, set);
	return node;
}

/* Is there an offset at which every match of a has another byte than every match of b? */
static bool differ_at_a_byte(const struct regex_sequence *a, const struct regex_sequence *b)
{
	bool in_a[256], in_b[256];

	for (size_t i = 0;; i++) {
		const struct regex_node *x = nth_byte(a, i, in_a), *y = nth_byte(b, i, in_b);

		if (!x || !y)
			break;
		if (disjoint(in_a, in_b))
			return true;
		if (x->max != 1 || y->max != 1)
			return false;
	}
	return false;
}

static bool has_empty_alternative(const struct regex_node *node)
{
	for (size_t a = 0; a < node->n; a++)
		if (regex_sequence_nullable(&node->alternatives[a]))
			return true;
	return false;
}

/* Can at most one of the alternatives match? */
static bool alternatives_exclude(const struct regex_node *node)
{
	if (node->n > 1 && has_empty_alternative(node))
		return false;
	for (size_t a = 0; a < node->n; a++) {
		for (size_t b = a + 1; b < node->n; b++) {
			bool first[256] = { 0 }, other[256] = { 0 };

			regex_sequence_first(&node->alternatives[a], first);
			regex_sequence_first(&node->alternatives[b], other);
			if (!disjoint(first, other) &&
			    !differ_at_a_byte(&node->alternatives[a], &node->alternatives[b]))
				return false;
		}
	}
	return true;
}

static bool is_onepass(const struct regex_node *node, const struct continuation *follow);

static bool sequence_is_onepass(const struct regex_sequence *sequence,
				const struct continuation *up)
{
	for (size_t i = 0; i < sequence->n; i++) {
		struct continuation follow = { &sequence->nodes[i + 1], sequence->n - i - 1, up,
					       !up };

		if (!is_onepass(&sequence->nodes[i], &follow))
			return false;
	}
	return true;
}

static bool alternatives_are_onepass(const struct regex_node *node, const struct continuation *up)
{
	for (size_t i = 0; i < node->n; i++)
		if (!sequence_is_onepass(&node->alternatives[i], up))
			return false;
	return true;
}

static bool captures_follow(const struct continuation *follow)
{
	for (size_t i = 0; i < follow->n; i++)
		if (follow->nodes[i].captures)
			return true;
	return false;
}

static bool class_is_onepass(const struct regex_node *node, const struct continuation *follow)
{
	bool first[256];

	/* what follows it in its sequence is retried from each position: see INST_LAZY */
	if (node->greed == REGEX_LAZY)
		return follow->outermost && !captures_follow(follow);
	if (node->min == node->max || node->greed == REGEX_POSSESSIVE)
		return true;
	switch (follow_bytes(follow, first)) {
	case FOLLOW_NEVER_FAILS:
		return true;
	case FOLLOW_BYTES:
		return disjoint(node->bytes, first);
	default:
		return false;
	}
}

/*
 * A group that repeats is never one-pass: as instructions, a loop gained nothing measurable over PCRE2. Where the first match
 * of the group is final, or nothing behind it can fail, what is in it has to be one-pass by itself.
 */
static bool group_is_onepass(const struct regex_node *node, const struct continuation *follow)
{
	bool first[256], own[256] = { 0 };
	enum follow_kind kind = follow_bytes(follow, first);

	if (node->max != 1 || node->greed == REGEX_LAZY)
		return false;
	if (node->greed == REGEX_POSSESSIVE || (node->min == 1 && node->atomic) ||
	    kind == FOLLOW_NEVER_FAILS)
		return alternatives_are_onepass(node, NULL);
	if (kind == FOLLOW_UNKNOWN && node->min == 0)
		return false;
	if (!alternatives_exclude(node) || !alternatives_are_onepass(node, follow))
		return false;
	if (node->min == 1)
		return true;
	regex_node_first(node, own);
	return !has_empty_alternative(node) && disjoint(own, first);
}

static bool is_onepass(const struct regex_node *node, const struct continuation *follow)
{
	switch (node->kind) {
	case NODE_LITERAL:
	case NODE_WORD_BOUNDARY:
	case NODE_END:
		return true;
	case NODE_CLASS:
		return class_is_onepass(node, follow);
	case NODE_GROUP:
		return group_is_onepass(node, follow);
	case NODE_LOOKAHEAD:
		return node->captures == 0 && alternatives_are_onepass(node, NULL);
	default:
		return false;
	}
}

static void choose_scan(struct regex_node *node)
{
	unsigned lacks = 0;

	for (unsigned i = 0; i < 256; i++) {
		if (node->bytes[i])
			continue;
		lacks++;
		node->byte = (uint8_t)i;
	}
	node->scan = lacks == 0 ? SCAN_ALL : lacks == 1 ? SCAN_ALL_BUT : SCAN_TABLE;
}

/* As regex_onepass_first(), but adds. Returns false when the nodes can be empty, so that anything can come first. */
static bool add_first(const struct regex_node *nodes, size_t n, bool first[REGEX_NEXT])
{
	for (size_t i = 0; i < n; i++) {
		bool decided = nodes[i].min > 0;

		if (nodes[i].kind == NODE_END) {
			first[256] = true;
			return true;
		}
		if (nodes[i].kind == NODE_OPAQUE)
			return false;
		if (nodes[i].kind == NODE_LOOKAHEAD || nodes[i].kind == NODE_WORD_BOUNDARY)
			continue;
		if (nodes[i].kind != NODE_GROUP)
			regex_node_first(&nodes[i], first);
		for (size_t a = 0; a < nodes[i].n; a++)
			decided &= add_first(nodes[i].alternatives[a].nodes,
					     nodes[i].alternatives[a].n, first);
		if (decided)
			return true;
	}
	return false;
}

void regex_onepass_first(const struct regex_node *nodes, size_t n, bool first[REGEX_NEXT])
{
	memset(first, 0, REGEX_NEXT * sizeof(*first));
	if (!add_first(nodes, n, first))
		memset(first, true, REGEX_NEXT * sizeof(*first));
}

/* The bytes at which a lazy class may stop: those that what follows it can begin with. */
static int find_follow(struct regex_node *node, size_t behind)
{
	unsigned n = 0;

	node->follow = calloc(REGEX_NEXT, sizeof(*node->follow));
	if (!node->follow)
		return -ENOMEM;
	regex_onepass_first(node + 1, behind, node->follow);
	for (int i = 0; i < 256; i++) {
		if (!node->follow[i])
			continue;
		node->follow_byte = i;
		n++;
	}
	if (n != 1)
		node->follow_byte = -1;
	return 0;
}

static int sequence_prepare(struct regex_sequence *sequence);

static int node_prepare(struct regex_node *node, size_t behind, bool top)
{
	if (node->kind == NODE_CLASS) {
		choose_scan(node);
		return !top && node->greed == REGEX_LAZY ? find_follow(node, behind) : 0;
	}
	if (node->n == 0)
		return 0;
	for (size_t a = 0; a < node->n; a++)
		if (sequence_prepare(&node->alternatives[a]) < 0)
			return -ENOMEM;
	return 0;
}

/* Sets what the compiler needs beside the pattern itself. */
static int sequence_prepare(struct regex_sequence *sequence)
{
	for (size_t i = 0; i < sequence->n; i++)
		if (node_prepare(&sequence->nodes[i], sequence->n - i - 1, false) < 0)
			return -ENOMEM;
	return 0;
}

int regex_onepass_prefix(struct regex_sequence *sequence)
{
	unsigned captures = 0;
	size_t n = 0;

	for (; n < sequence->n; n++) {
		const struct regex_node *node = &sequence->nodes[n];
		struct continuation follow = { node + 1, sequence->n - n - 1, NULL, false };

		if (node->captures_twice || node->has_unnamed || (captures & node->captures) ||
		    !is_onepass(node, &follow))
			break;
		captures |= node->captures;
	}
	for (size_t i = 0; i < sequence->n; i++)
		if (node_prepare(&sequence->nodes[i], sequence->n - i - 1, true) < 0)
			return -ENOMEM;
	return (int)n;
}
