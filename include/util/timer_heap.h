/* SPDX-License-Identifier: MIT */
/*
 * timer_heap: finds the node that is due first. Nodes belong to the caller. timer_heap_init()
 * allocates memory for all nodes.
 */
#ifndef RELAYDAM_UTIL_TIMER_HEAP_H
#define RELAYDAM_UTIL_TIMER_HEAP_H

#include <stdint.h>

struct timer_heap_node {
	int64_t due;	/* microseconds; changed by timer_heap_set() only */
	uint32_t place; /* in the heap, from 1; 0: not in it */
};

struct timer_heap {
	struct timer_heap_node **nodes;
	uint32_t n;
};

/* Returns 0, or -ENOMEM. */
int timer_heap_init(struct timer_heap *heap, uint32_t capacity);
void timer_heap_fini(struct timer_heap *heap);

/* Inserts the node, or changes its time. */
void timer_heap_set(struct timer_heap *heap, struct timer_heap_node *node, int64_t due);
void timer_heap_drop(struct timer_heap *heap, struct timer_heap_node *node);

/* The node that is due first; NULL if there is none. */
struct timer_heap_node *timer_heap_first(const struct timer_heap *heap);

/* All nodes, i from 0 to heap->n - 1: the first is due first, the others are in no order. */
static inline struct timer_heap_node *timer_heap_at(const struct timer_heap *heap, uint32_t i)
{
	return heap->nodes[i + 1];
}

#endif
