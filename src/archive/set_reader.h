/* SPDX-License-Identifier: MIT */
/*
 * set_reader: the lines of one set of files, one file after the other.
 *
 * Where a file ends in mid-line and the next one does not begin with a header, the two pieces are
 * one line; else the unfinished line stands for itself, as it does before damage.
 */
#ifndef RELAYDAM_ARCHIVE_SET_READER_H
#define RELAYDAM_ARCHIVE_SET_READER_H

#include "archive/input_files.h"
#include "util/span.h"

enum { SET_READER_TEXT = 512 };

struct set_reader;

/* The n inputs must outlive it. Returns 0 and sets *out (free with set_reader_free()), or -ENOMEM. */
int set_reader_new(struct set_reader **out, const struct input_file *inputs, size_t n);
void set_reader_free(struct set_reader *reader);

/*
 * Returns 1 and sets *line, good until the next call; 0 at the end of all; -errno when a file
 * failed: set_reader_error() tells which, and the next call goes on behind it.
 */
int set_reader_next(struct set_reader *reader, struct span *line);

const char *set_reader_error(const struct set_reader *reader);

/* Bytes of the files themselves that were read. */
uint64_t set_reader_position(const struct set_reader *reader);

/* Lines that were too long and were cut. */
uint64_t set_reader_cut(const struct set_reader *reader);

#endif
