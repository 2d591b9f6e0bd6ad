/* SPDX-License-Identifier: MIT */
/*
 * rotation: the files that a log was rotated to. The names are those of log_name.h, in the directories of log_dir.h. Compressed
 * files are not read.
 */
#ifndef RELAYDAM_SOURCE_ROTATION_H
#define RELAYDAM_SOURCE_ROTATION_H

#include "source/tail_file.h"

/*
 * Opens the file that holds the place: the one with its inode, under any name; else, as after a copy, a rotated file with
 * the same bytes before the same offset. Returns a descriptor, -ENOENT, or -errno. Always sets *packed: there are compressed
 * rotated files, one of which may hold the place.
 */
int rotation_open(const char *path, const struct tail_place *place, bool *packed);

/*
 * Files that were or are being read. rotation_after() omits them where their age equals that of its file, and so does not
 * show whether they are newer.
 */
struct rotation_known {
	uint64_t inodes[80];
	size_t n;
};

/*
 * Opens the rotated files that were created after `fd`; where the filesystem records no creation time, those written to after
 * it. Oldest first, without `fd` itself; the log of the name may be among them. Returns their number, at most `max` (then the
 * oldest ones), and sets as many descriptors, which the caller closes.
 */
size_t rotation_after(const char *path, int fd, const struct rotation_known *known, int *fds,
		      size_t max);

#endif
