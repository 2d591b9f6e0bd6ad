/* SPDX-License-Identifier: MIT */
/*
 * set_reader: reads the lines of one set of files, one file after the other.
 *
 * If a file ends within a line and the next one does not begin with a header, the two pieces are one line. Otherwise, and
 * before damage, the partial line is a line of its own.
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
 * Returns 1 and sets *line, valid until the next call; 0 at the end of all files; or -errno when a file failed: see
 * set_reader_error(). The next call continues with the file after it.
 */
int set_reader_next(struct set_reader *reader, struct span *line);

/* Returns a description of the last error, with the file's name. */
const char *set_reader_error(const struct set_reader *reader);

/* Returns the bytes of the files themselves that were read. */
uint64_t set_reader_position(const struct set_reader *reader);

/* Returns the number of lines that were cut at LINE_BUFFER_LINE. */
uint64_t set_reader_cut(const struct set_reader *reader);

#endif
