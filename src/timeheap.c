/* SPDX-License-Identifier: MIT */
#include "timeheap.h"

#include <errno.h>
#include <stdlib.h>

int timeheap_init(struct timeheap *heap, uint32_t capacity)
{
	heap->n = 0;
	heap->nodes = calloc((size_t)capacity + 1, sizeof(struct timeheap_node *));
	return heap->nodes ? 0 : -ENOMEM;
}

void timeheap_fini(struct timeheap *heap)
{
	free(heap->nodes);
	*heap = (struct timeheap){ 0 };
}

static void put(struct timeheap *heap, uint32_t place, struct timeheap_node *node)
{
	heap->nodes[place] = node;
	node->place = place;
}

static void up(struct timeheap *heap, struct timeheap_node *node)
{
	uint32_t place = node->place;

	for (; place > 1 && heap->nodes[place / 2]->due > node->due; place /= 2)
		put(heap, place, heap->nodes[place / 2]);
	put(heap, place, node);
}

static void down(struct timeheap *heap, struct timeheap_node *node)
{
	uint32_t place = node->place;

	for (uint32_t child = 2 * place; child <= heap->n; place = child, child = 2 * place) {
		if (child < heap->n && heap->nodes[child + 1]->due < heap->nodes[child]->due)
			child++;
		if (heap->nodes[child]->due >= node->due)
			break;
		put(heap, place, heap->nodes[child]);
	}
	put(heap, place, node);
}

void timeheap_set(struct timeheap *heap, struct timeheap_node *node, int64_t due)
{
	node->due = due;
	if (node->place == 0)
		put(heap, ++heap->n, node);
	up(heap, node);
	down(heap, node);
}

void timeheap_drop(struct timeheap *heap, struct timeheap_node *node)
{
	struct timeheap_node *last;
	uint32_t place = node->place;

	if (place == 0)
		return;
	node->place = 0;
	last = heap->nodes[heap->n--];
	if (last == node)
		return;
	put(heap, place, last);
	up(heap, last);
	down(heap, last);
}

struct timeheap_node *timeheap_first(const struct timeheap *heap)
{
	return heap->n > 0 ? heap->nodes[1] : NULL;
}
