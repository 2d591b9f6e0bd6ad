/* SPDX-License-Identifier: MIT */
/*
 * chain: the files of one followed log, oldest first: those that were rotated away and may still grow, and the one that has
 * the name. Decides which is read next; knows no event loop. `now` is monotonic, in microseconds.
 */
#ifndef RELAYDAM_CHAIN_H
#define RELAYDAM_CHAIN_H

#include "follow.h"

struct chain;
struct pathwatch;

/* Keeps the pointers; path, watch and events must outlive it. Looks at once. Returns 0 or -errno. */
int chain_new(struct chain **out, const char *path, struct pathwatch *watch,
	      const struct follow_place *from, const struct follow_events *events, int64_t now);
void chain_free(struct chain *chain);

/* What has the name now? */
void chain_look(struct chain *chain, int64_t now);

/* inotify's mask for a file; returns whether a look is due. */
bool chain_event(struct chain *chain, int number, uint32_t mask);

/* Reads up to about `budget` bytes. Returns 0 when all was read, 1 when there may be more, or what line() returned below 0. */
int chain_read(struct chain *chain, int64_t now, size_t budget);

/* When a read is due though nothing happens; INT64_MAX: never. */
int64_t chain_due(const struct chain *chain);

struct follow_place chain_place(const struct chain *chain);
bool chain_reads(const struct chain *chain, struct follow_place *file); /* see follow_reads() */
int chain_trouble(const struct chain *chain); /* 0, or -errno of the last opening that failed */
uint64_t chain_lag(const struct chain *chain);
struct follow_counts *chain_counts(struct chain *chain);

#endif
