/* SPDX-License-Identifier: MIT */
/*
 * reader: the lines of one set of files, one file after the other.
 *
 * Where a file ends in mid-line and the next one does not begin with a header, the two pieces are
 * one line; else the unfinished line stands for itself, as it does before damage.
 */
#ifndef RELAYDAM_READER_H
#define RELAYDAM_READER_H

#include "inputs.h"
#include "util/span.h"

enum { READER_TEXT = 512 };

struct reader;

/* The n inputs must outlive it. Returns 0 and sets *out (free with reader_free()), or -ENOMEM. */
int reader_new(struct reader **out, const struct input *inputs, size_t n);
void reader_free(struct reader *reader);

/*
 * Returns 1 and sets *line, good until the next call; 0 at the end of all; -errno when a file
 * failed: reader_error() tells which, and the next call goes on behind it.
 */
int reader_next(struct reader *reader, struct span *line);

const char *reader_error(const struct reader *reader);

/* Bytes of the files themselves that were read. */
uint64_t reader_position(const struct reader *reader);

/* Lines that were too long and were cut. */
uint64_t reader_cut(const struct reader *reader);

#endif
