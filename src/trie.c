/* SPDX-License-Identifier: MIT */
#include "trie.h"

#include <errno.h>
#include <stdlib.h>

#include "walk.h"

#define NONE UINT32_MAX

enum { BY_BYTE_FROM = 3, FIRSTS = 257 };

struct node {
	const struct item *item;
	const struct pattern *owner; /* the item's */
	char *text;		     /* of one literal or several in a row */
	uint32_t text_n;
	uint32_t lowest;	 /* index of a pattern at or below the node */
	uint32_t child, sibling; /* of other nodes */
	uint32_t children;
	uint32_t *ends; /* indexes of the patterns whose front ends here */
	uint32_t ends_n;
	/* where there are many children: those that may begin with a byte, or at the end; NONE ends */
	uint32_t *list;
	uint32_t *by_byte; /* FIRSTS places in list */
};

struct trie {
	const struct pattern *const *patterns;
	struct node **nodes;
	uint32_t n;
};

void trie_free(struct trie *trie)
{
	if (!trie)
		return;
	for (uint32_t i = 0; i < trie->n; i++) {
		free(trie->nodes[i]->text);
		free(trie->nodes[i]->ends);
		free(trie->nodes[i]->list);
		free(trie->nodes[i]->by_byte);
		free(trie->nodes[i]);
	}
	free(trie->nodes);
	free((void *)trie->patterns);
	free(trie);
}

static uint32_t node_new(struct trie *trie)
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

static struct span item_text(const struct pattern *pattern, const struct item *item)
{
	return (struct span){ pattern_expanded(pattern) + item->at, item->len };
}

/* The child of `parent` for this item, made when it is new: the same text means the same. */
static uint32_t child_for(struct trie *trie, uint32_t parent, const struct pattern *pattern,
			  const struct item *item)
{
	uint32_t *link = &trie->nodes[parent]->child;
	uint32_t made;

	for (; *link != NONE; link = &trie->nodes[*link]->sibling) {
		const struct node *node = trie->nodes[*link];

		if (span_equal(item_text(node->owner, node->item), item_text(pattern, item)))
			return *link;
	}
	made = node_new(trie);
	if (made == NONE)
		return NONE;
	*link = made; /* nodes stay where they are when their list moves */
	trie->nodes[made]->item = item;
	trie->nodes[made]->owner = pattern;
	trie->nodes[parent]->children++;
	return made;
}

static int add(struct trie *trie, uint32_t index)
{
	const struct pattern *pattern = trie->patterns[index];
	struct sequence front = pattern_front(pattern);
	uint32_t at = 0, *ends;

	for (size_t i = 0; i <= front.n; i++) {
		if (index < trie->nodes[at]->lowest)
			trie->nodes[at]->lowest = index;
		if (i == front.n)
			break;
		at = child_for(trie, at, pattern, &front.items[i]);
		if (at == NONE)
			return -ENOMEM;
	}
	ends = reallocarray(trie->nodes[at]->ends, trie->nodes[at]->ends_n + 1, sizeof(*ends));
	if (!ends)
		return -ENOMEM;
	trie->nodes[at]->ends = ends;
	ends[trie->nodes[at]->ends_n++] = index;
	return 0;
}

/* Literals that follow each other without a fork become one. */
static int join_literals(struct trie *trie, struct node *node)
{
	if (!node->item || node->item->kind != ITEM_LITERAL)
		return 0;
	for (struct node *last = node;; last = trie->nodes[node->child]) {
		char *text = realloc(node->text, node->text_n + 1);

		if (!text)
			return -ENOMEM;
		node->text = text;
		text[node->text_n++] = (char)last->item->byte;
		if (last != node) {
			uint32_t *ends = last->ends;

			node->child = last->child;
			node->children = last->children;
			node->ends = ends;
			node->ends_n = last->ends_n;
			last->ends = NULL;
			last->children = 0;
			last->child = NONE;
		}
		if (node->ends_n > 0 || node->children != 1 ||
		    trie->nodes[node->child]->item->kind != ITEM_LITERAL)
			return 0;
	}
}

static int sort_children(struct trie *trie, struct node *node)
{
	bool(*first)[FIRSTS];
	uint32_t at = 0, room = 0;

	if (node->children < BY_BYTE_FROM)
		return 0;
	first = calloc(node->children, sizeof(*first));
	if (!first)
		return -ENOMEM;
	for (uint32_t c = node->child, i = 0; c != NONE; c = trie->nodes[c]->sibling, i++) {
		const struct item *item = trie->nodes[c]->item;

		if (item_nullable(item))
			memset(first[i], true, sizeof(first[i]));
		else
			item_first(item, first[i]);
		for (unsigned byte = 0; byte < FIRSTS; byte++)
			room += first[i][byte];
	}
	node->by_byte = calloc(FIRSTS, sizeof(*node->by_byte));
	node->list = node->by_byte ? calloc(room + FIRSTS, sizeof(*node->list)) : NULL;
	for (unsigned byte = 0; node->list && byte < FIRSTS; byte++) {
		node->by_byte[byte] = at;
		for (uint32_t c = node->child, i = 0; c != NONE; c = trie->nodes[c]->sibling, i++)
			if (first[i][byte])
				node->list[at++] = c;
		node->list[at++] = NONE;
	}
	free(first);
	return node->list ? 0 : -ENOMEM;
}

/* The whole tree under the node; the patterns' own length bounds the depth. */
static int settle(struct trie *trie, uint32_t at)
{
	struct node *node = trie->nodes[at];
	int r = join_literals(trie, node);

	if (r == 0)
		r = sort_children(trie, node);
	for (uint32_t c = node->child; r == 0 && c != NONE; c = trie->nodes[c]->sibling)
		r = settle(trie, c);
	return r;
}

int trie_new(struct trie **out, const struct pattern *const *patterns, size_t n)
{
	struct trie *trie = calloc(1, sizeof(*trie));
	int r = 0;

	if (!trie)
		return -ENOMEM;
	trie->patterns = malloc((n + 1) * sizeof(*patterns));
	if (!trie->patterns || node_new(trie) == NONE) {
		trie_free(trie);
		return -ENOMEM;
	}
	memcpy((void *)trie->patterns, patterns, n * sizeof(*patterns));
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = add(trie, i);
	if (r == 0)
		r = settle(trie, 0);
	if (r < 0)
		trie_free(trie);
	else
		*out = trie;
	return r;
}

struct search {
	const struct trie *trie;
	struct pattern_scratch *scratch;
	struct span message;
	struct walk walk;
	uint32_t from, best; /* looked for: an index of at least from, below best */
	bool gave_up;
	struct capture *capture;
};

static void end_here(struct search *search, const struct node *node, const char *p)
{
	size_t at = (size_t)(p - search->message.p);

	for (uint32_t i = 0; i < node->ends_n && node->ends[i] < search->best; i++) {
		struct capture capture = search->walk.capture;
		int r;

		if (node->ends[i] < search->from)
			continue;
		r = pattern_finish(search->trie->patterns[node->ends[i]], search->scratch,
				   search->message, at, &capture);

		if (r == PATTERN_GAVE_UP)
			search->gave_up = true;
		if (r != PATTERN_YES)
			continue;
		search->best = node->ends[i];
		*search->capture = capture;
		return;
	}
}

static void descend(struct search *search, const struct node *node, const char *p);

static void try_child(struct search *search, const struct node *child, const char *p)
{
	struct walk *walk = &search->walk;
	const char *q;

	if (child->lowest >= search->best)
		return;
	if (child->text_n > 0) {
		if (walk_begins(walk, p, child->text, child->text_n))
			descend(search, child, p + child->text_n);
		return;
	}
	q = walk_item(walk, child->item, p);
	if (q)
		descend(search, child, q);
	if (child->item->captures)
		walk_forget(walk, child->item->captures);
}

static void descend(struct search *search, const struct node *node, const char *p)
{
	const struct trie *trie = search->trie;

	if (node->ends_n > 0)
		end_here(search, node, p);
	if (node->list) {
		unsigned byte = p < search->walk.end ? (unsigned char)*p : FIRSTS - 1;

		for (const uint32_t *c = node->list + node->by_byte[byte]; *c != NONE; c++)
			try_child(search, trie->nodes[*c], p);
		return;
	}
	for (uint32_t c = node->child; c != NONE; c = trie->nodes[c]->sibling)
		try_child(search, trie->nodes[c], p);
}

int trie_match(const struct trie *trie, struct pattern_scratch *scratch, struct span message,
	       size_t from, size_t *index, struct capture *capture)
{
	struct search search = {
		.trie = trie,
		.scratch = scratch,
		.message = message,
		.walk = { .begin = message.p, .end = message.p + message.n, .steps = WALK_STEPS },
		.from = (uint32_t)from,
		.best = NONE,
		.capture = capture,
	};

	descend(&search, trie->nodes[0], message.p);
	if (search.walk.steps == 0)
		return PATTERN_GAVE_UP;
	*index = search.best;
	if (search.best != NONE)
		return PATTERN_YES;
	return search.gave_up ? PATTERN_GAVE_UP : PATTERN_NO;
}
