/* SPDX-License-Identifier: MIT */
/*
 * tail_file: one open log file that grows, read in blocks, with the place up to which its lines were handed out.
 *
 * Each read also reads what was read last, and compares: so a file that was emptied is noticed even when it has
 * grown beyond the old offset again.
 */
#ifndef RELAYDAM_SOURCE_TAIL_FILE_H
#define RELAYDAM_SOURCE_TAIL_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/span.h"

enum { TAIL_FILE_TAIL = 256 };

/*
 * How far a file was read: behind the newline of its last line. `hash` is of the up to TAIL_FILE_TAIL bytes before `offset`, to
 * know the file again; device numbers may change with a reboot and are not relied on.
 */
struct tail_place {
	uint64_t device, inode, offset, hash;
};

struct tail_file {
	int fd;
	uint64_t device, inode;
	/* What its places say: the same, or the file that this one is a copy of. */
	uint64_t place_device, place_inode;
	uint64_t read; /* offset behind what is in `lines` */
	/* the rest is logfile's own */
	struct line_buffer *lines;
	char tail
		[TAIL_FILE_TAIL]; /* the bytes before tail_at, which trails the place until it is asked for */
	size_t tail_n;
	uint64_t tail_at;
	struct tail_place before; /* where the half line began that the file before left */
};

/* Takes fd over, also when it fails. Returns 0, -errno, or -EINVAL if it is not a regular file. At offset 0. */
int tail_file_new(struct tail_file **out, int fd);
void tail_file_free(struct tail_file *file);

/* Opens to be read, never waits, follows symbolic links. Returns a descriptor or -errno. */
int tail_file_open(const char *path);

/* Does the file hold, before place->offset, the bytes that place->hash was made of? */
bool tail_file_matches(int fd, const struct tail_place *place);

/* May `copy` be of what the file behind fd holds now? By their first TAIL_FILE_TAIL bytes, as far as both go. */
bool tail_file_same_start(int copy, int fd);

/*
 * Goes on at offset. The rest of a line, when offset is not behind a newline, will be skipped; NUL counts as a
 * newline there, for it is the edge of a hole. Returns 0, -ESTALE when the file is shorter, or -errno.
 */
int tail_file_seek(struct tail_file *file, uint64_t offset);

/* Starts at offset 0 again and forgets a half line. */
void tail_file_restart(struct tail_file *file);

/*
 * Reads a block. Only to be called when tail_file_next() has returned 0. Returns the number of bytes (less than
 * LINE_BUFFER_BLOCK: that was all there is), or -ESTALE when the file is shorter than what was read of it or holds other
 * bytes there now (nothing is changed then), or -errno.
 */
int tail_file_fill(struct tail_file *file);

/* A whole line, without its newline, valid until the next tail_file_fill(). Returns 1 or 0. */
int tail_file_next(struct tail_file *file, struct span *line);

/* Bytes of a line without its newline that are held. */
size_t tail_file_held(const struct tail_file *file);

/* Hands the half line of `old` over to `file`, its successor, at whose start its rest is expected. */
void tail_file_inherit(struct tail_file *file, struct tail_file *old);

/* The place behind the last line that was handed out; without the hash, which costs some 150 ns. */
struct tail_place tail_file_spot(const struct tail_file *file);
struct tail_place tail_file_place(struct tail_file *file);

/* Bytes that the file has and that were not yet read. */
uint64_t tail_file_lag(const struct tail_file *file);

/* Lines that were cut. */
uint64_t tail_file_cut(const struct tail_file *file);

#endif
