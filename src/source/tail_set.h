/* SPDX-License-Identifier: MIT */
/*
 * tail_set: the files of one followed log, oldest first: those that were rotated away and may still grow, and the one that has
 * the name. Decides which is read next; knows no event loop. `now` is monotonic, in microseconds.
 */
#ifndef RELAYDAM_SOURCE_TAIL_SET_H
#define RELAYDAM_SOURCE_TAIL_SET_H

#include "source/tail.h"

struct tail_set;
struct path_watch;

/* Keeps the pointers; path, watch and events must outlive it. Looks at once. Returns 0 or -errno. */
int tail_set_new(struct tail_set **out, const char *path, struct path_watch *watch,
		 const struct tail_place *from, const struct tail_events *events, int64_t now);
void tail_set_free(struct tail_set *chain);

/* What has the name now? */
void tail_set_look(struct tail_set *chain, int64_t now);

/* inotify's mask for a file; returns whether a look is due. */
bool tail_set_event(struct tail_set *chain, int number, uint32_t mask);

/* Reads up to about `budget` bytes. Returns 0 when all was read, 1 when there may be more, or what line() returned below 0. */
int tail_set_read(struct tail_set *chain, int64_t now, size_t budget);

/* When a read is due though nothing happens; INT64_MAX: never. */
int64_t tail_set_due(const struct tail_set *chain);

struct tail_place tail_set_place(const struct tail_set *chain);
bool tail_set_reads(const struct tail_set *chain, struct tail_place *file); /* see tail_reads() */
int tail_set_trouble(
	const struct tail_set *chain); /* 0, or -errno of the last opening that failed */
uint64_t tail_set_lag(const struct tail_set *chain);
struct tail_counts *tail_set_counts(struct tail_set *chain);

#endif
