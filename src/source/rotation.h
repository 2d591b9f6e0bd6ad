/* SPDX-License-Identifier: MIT */
/*
 * rotation: the files that a log was rotated to: mail.log.1, mail.log-20261120, mail-20261120.log beside mail.log.
 *
 * Looked for in the directory of the name and, where it is a symbolic link, in that of the file. Compressed ones are not read.
 */
#ifndef RELAYDAM_SOURCE_ROTATION_H
#define RELAYDAM_SOURCE_ROTATION_H

#include "source/tail_file.h"

/*
 * The file that holds the place: the one with its inode, whatever its name; else, where a log was copied, a rotated one that has
 * the same bytes before the same offset. Returns a descriptor, or -ENOENT (*packed: there are compressed ones, it may be in one
 * of them; *packed is set in any case), or -errno.
 */
int rotation_open(const char *path, const struct tail_place *place, bool *packed);

/* Files that were read or are being read; of ages that cannot be told apart from another's, they do not come again. */
struct rotation_known {
	uint64_t inodes[80];
	size_t n;
};

/*
 * The rotated files that were made later than `fd`, or, where the filesystem does not tell, written later; oldest first; not `fd`
 * itself, but perhaps the log of the name. Returns their number, at most `max` (the oldest), and sets as many
 * descriptors, which are the caller's.
 */
size_t rotation_after(const char *path, int fd, const struct rotation_known *known, int *fds,
		      size_t max);

#endif
