/* SPDX-License-Identifier: MIT */
/*
 * stream: the lines of all inputs as one. A set's files follow each other; sets, as the logs of
 * two hosts, are merged by the times of their lines. A line without a time, or
 * with one of more than a day after its file's last change, goes with the one before it.
 */
#ifndef RELAYDAM_STREAM_H
#define RELAYDAM_STREAM_H

#include "inputs.h"
#include "util/span.h"

struct stream;

/* inputs must outlive it. Returns 0 and sets *out (free with stream_free()), or -ENOMEM. */
int stream_new(struct stream **out, const struct inputs *inputs, const struct zone *zone, int year);
void stream_free(struct stream *stream);

/* As reader_next(). */
int stream_next(struct stream *stream, struct span *line);

/* What went wrong last, with the file's name. */
const char *stream_error(const struct stream *stream);

/* Bytes of the files themselves that were read; lines that were cut. Of all sets. */
uint64_t stream_position(const struct stream *stream);
uint64_t stream_cut(const struct stream *stream);

#endif
