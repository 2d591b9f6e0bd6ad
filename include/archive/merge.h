/* SPDX-License-Identifier: MIT */
/*
 * merge: the lines of all inputs as one. A set's files follow each other; sets, as the logs of
 * two hosts, are merged by the times of their lines. A line without a time, or
 * with one of more than a day after its file's last change, goes with the one before it.
 */
#ifndef RELAYDAM_ARCHIVE_MERGE_H
#define RELAYDAM_ARCHIVE_MERGE_H

#include "archive/input_files.h"
#include "util/span.h"

struct merge;

/* inputs must outlive it. Returns 0 and sets *out (free with merge_free()), or -ENOMEM. */
int merge_new(struct merge **out, const struct input_files *inputs, const struct zone *zone,
	      int year);
void merge_free(struct merge *stream);

/* As set_reader_next(). */
int merge_next(struct merge *stream, struct span *line);

/* What went wrong last, with the file's name. */
const char *merge_error(const struct merge *stream);

/* Bytes of the files themselves that were read; lines that were cut. Of all sets. */
uint64_t merge_position(const struct merge *stream);
uint64_t merge_cut(const struct merge *stream);

#endif
