/* SPDX-License-Identifier: MIT */
#include "util/timer_heap.h"

#include <errno.h>
#include <stdlib.h>

int timer_heap_init(struct timer_heap *heap, uint32_t capacity)
{
	heap->n = 0;
	heap->nodes = calloc((size_t)capacity + 1, sizeof(struct timer_heap_node *));
	return heap->nodes ? 0 : -ENOMEM;
}

void timer_heap_fini(struct timer_heap *heap)
{
	free(heap->nodes);
	*heap = (struct timer_heap){ 0 };
}

static void set_place(struct timer_heap *heap, uint32_t place, struct timer_heap_node *node)
{
	heap->nodes[place] = node;
	node->place = place;
}

static void up(struct timer_heap *heap, struct timer_heap_node *node)
{
	uint32_t place = node->place;

	for (; place > 1 && heap->nodes[place / 2]->due > node->due; place /= 2)
		set_place(heap, place, heap->nodes[place / 2]);
	set_place(heap, place, node);
}

static void down(struct timer_heap *heap, struct timer_heap_node *node)
{
	uint32_t place = node->place;

	for (uint32_t child = 2 * place; child <= heap->n; place = child, child = 2 * place) {
		if (child < heap->n && heap->nodes[child + 1]->due < heap->nodes[child]->due)
			child++;
		if (heap->nodes[child]->due >= node->due)
			break;
		set_place(heap, place, heap->nodes[child]);
	}
	set_place(heap, place, node);
}

void timer_heap_set(struct timer_heap *heap, struct timer_heap_node *node, int64_t due)
{
	node->due = due;
	if (node->place == 0)
		set_place(heap, ++heap->n, node);
	up(heap, node);
	down(heap, node);
}

void timer_heap_drop(struct timer_heap *heap, struct timer_heap_node *node)
{
	struct timer_heap_node *last;
	uint32_t place = node->place;

	if (place == 0)
		return;
	node->place = 0;
	last = heap->nodes[heap->n--];
	if (last == node)
		return;
	set_place(heap, place, last);
	up(heap, last);
	down(heap, last);
}

struct timer_heap_node *timer_heap_first(const struct timer_heap *heap)
{
	return heap->n > 0 ? heap->nodes[1] : NULL;
}
