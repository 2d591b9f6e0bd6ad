/* SPDX-License-Identifier: MIT */
/*
 * tail_set: the files of one followed log, oldest first: those that were rotated away and may still grow, then the one that has
 * the name. Decides which one is read next. Knows no event loop; `now` is monotonic, in microseconds.
 */
#ifndef RELAYDAM_SOURCE_TAIL_SET_H
#define RELAYDAM_SOURCE_TAIL_SET_H

#include "source/tail_events.h"

struct tail_set;
struct path_watch;

/* Polls once. path, watch and events are not copied and must outlive the set. Returns 0 or -errno. */
int tail_set_new(struct tail_set **out, const char *path, struct path_watch *watch,
		 const struct tail_place *from, const struct tail_events *events, int64_t now);
void tail_set_free(struct tail_set *set);

/* Checks which file has the name now. */
void tail_set_poll(struct tail_set *set, int64_t now);

/* Handles an inotify event of a file. Returns whether tail_set_poll() is due. */
bool tail_set_event(struct tail_set *set, int number, uint32_t mask);

/* Reads up to about `budget` bytes. Returns 0 when all was read, 1 when there may be more, or what line() returned below 0. */
int tail_set_read(struct tail_set *set, int64_t now, size_t budget);

/* Returns when tail_set_read() is due without an event; INT64_MAX: never. */
int64_t tail_set_due(const struct tail_set *set);

/* See the functions of tail.h. */
struct tail_place tail_set_place(const struct tail_set *set);
bool tail_set_reads(const struct tail_set *set, struct tail_place *file);
int tail_set_error(const struct tail_set *set);
uint64_t tail_set_lag(const struct tail_set *set);
struct tail_counts *tail_set_counts(struct tail_set *set);

#endif
