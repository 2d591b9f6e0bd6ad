/* SPDX-License-Identifier: MIT */
/*
 * tail_file: one open log file that grows, read in blocks, and the place up to which its lines were delivered.
 *
 * Each read starts before the bytes that were read last and compares them. So a truncated file is noticed even when it has
 * grown beyond the old offset again.
 */
#ifndef RELAYDAM_SOURCE_TAIL_FILE_H
#define RELAYDAM_SOURCE_TAIL_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/span.h"

enum { TAIL_FILE_TAIL = 256 };

/*
 * How far a file was read: `offset` is after the newline of its last line. `hash` covers the up to TAIL_FILE_TAIL bytes before
 * that, to recognise the file. The device is not relied on: its number may change with a reboot.
 */
struct tail_place {
	uint64_t device, inode, offset, hash;
};

struct tail_file {
	int fd;
	uint64_t device, inode;
	/* What its places name: the same, or the file that this one is a copy of. */
	uint64_t place_device, place_inode;
	uint64_t read; /* offset after what is in `lines` */
	/* the rest is private */
	struct line_buffer *lines;
	char tail[TAIL_FILE_TAIL]; /* the bytes before tail_at; brought up to the place on demand */
	size_t tail_n;
	uint64_t tail_at;
	struct tail_place before; /* where the partial line began that the previous file left */
};

/* Takes over fd, also on failure. Starts at offset 0. Returns 0, -EINVAL if fd is not a regular file, or -errno. */
int tail_file_new(struct tail_file **out, int fd);
void tail_file_free(struct tail_file *file);

/* Opens a file for reading, without ever blocking; follows symbolic links. Returns a descriptor or -errno. */
int tail_file_open(const char *path);

/* Do the bytes of the file before place->offset have the hash of the place? */
bool tail_file_matches(int fd, const struct tail_place *place);

/* May `copy` be a copy of what fd holds now? Compares their first TAIL_FILE_TAIL bytes, as far as both have them. */
bool tail_file_same_start(int copy, int fd);

/*
 * Goes on at offset. If that is in the middle of a line, the rest of the line will be skipped; a NUL counts as a newline here,
 * as it is the edge of a hole. Returns 0, -ESTALE if the file is shorter, or -errno.
 */
int tail_file_seek(struct tail_file *file, uint64_t offset);

/* Goes on at offset 0 and drops a partial line. */
void tail_file_restart(struct tail_file *file);

/*
 * Reads a block. Call it only after tail_file_next() has returned 0. Returns the number of bytes, less than
 * LINE_BUFFER_BLOCK at the end of the file; -ESTALE, with nothing changed, if the file is shorter than what was read of it or holds
 * other bytes there now; or -errno.
 */
int tail_file_fill(struct tail_file *file);

/* Sets *line to a whole line without its newline, valid until the next tail_file_fill(). Returns 1 or 0. */
int tail_file_next(struct tail_file *file, struct span *line);

/* Returns the bytes held of a line whose newline is missing. */
size_t tail_file_held(const struct tail_file *file);

/* Moves the partial line of `old` to `file`, its successor, which is expected to begin with the rest of it. */
void tail_file_inherit(struct tail_file *file, struct tail_file *old);

/* The place after the last line that was delivered. Without the hash, whose computation takes some 150 ns. */
struct tail_place tail_file_place_unhashed(const struct tail_file *file);
struct tail_place tail_file_place(struct tail_file *file);

/* Returns the bytes of the file that were not yet read. */
uint64_t tail_file_lag(const struct tail_file *file);

/* Returns the number of lines that were cut at LINE_BUFFER_LINE. */
uint64_t tail_file_cut(const struct tail_file *file);

#endif
