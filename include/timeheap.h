/* SPDX-License-Identifier: MIT */
/* timeheap: what is due first. The members belong to the caller; room for all of them is taken at once. */
#ifndef RELAYDAM_TIMEHEAP_H
#define RELAYDAM_TIMEHEAP_H

#include <stdint.h>

struct timeheap_node {
	int64_t due;	/* microseconds; change it through timeheap_set() alone */
	uint32_t place; /* in the heap, from 1; 0: not in it */
};

struct timeheap {
	struct timeheap_node **nodes;
	uint32_t n;
};

/* Returns 0, or -ENOMEM. */
int timeheap_init(struct timeheap *heap, uint32_t capacity);
void timeheap_fini(struct timeheap *heap);

/* Puts the node in, or moves it. */
void timeheap_set(struct timeheap *heap, struct timeheap_node *node, int64_t due);
void timeheap_drop(struct timeheap *heap, struct timeheap_node *node);

/* The node that is due first; NULL if there is none. */
struct timeheap_node *timeheap_first(const struct timeheap *heap);

#endif
