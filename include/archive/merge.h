/* SPDX-License-Identifier: MIT */
/*
 * merge: the lines of all input files as one stream. The files of a set follow each other; sets, such as the logs of two hosts,
 * are merged by the times of their lines. A line without a time goes with the one before it, as does one whose time is more than a
 * day after its file's last change.
 */
#ifndef RELAYDAM_ARCHIVE_MERGE_H
#define RELAYDAM_ARCHIVE_MERGE_H

#include "archive/input_files.h"
#include "util/span.h"

struct merge;

/* inputs must outlive it. year: as in struct log_clock_options. Returns 0 and sets *out (free with merge_free()), or -ENOMEM. */
int merge_new(struct merge **out, const struct input_files *inputs, const struct zone *zone,
	      int year);
void merge_free(struct merge *merge);

/*
 * Returns 1 and sets *line, valid until the next call; 0 at the end of all files; or -errno when a file failed: see
 * merge_error(). The next call continues with the file after it.
 */
int merge_next(struct merge *merge, struct span *line);

/* Returns a description of the last error, with the file's name. */
const char *merge_error(const struct merge *merge);

/* Bytes of the files themselves that were read, and lines that were cut; of all sets. */
uint64_t merge_position(const struct merge *merge);
uint64_t merge_cut(const struct merge *merge);

#endif
