/* SPDX-License-Identifier: MIT */
/*
 * input_files: the files of a replay, in the order in which they are read. Refuses files that must not be read together.
 *
 * Files of one stem (see log_name.h) in one directory are a set: one log, rotated. They are read one after the other; sets
 * are merged by time, see merge.h.
 */
#ifndef RELAYDAM_ARCHIVE_INPUT_FILES_H
#define RELAYDAM_ARCHIVE_INPUT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "logline/log_clock.h"
#include "util/timestamp.h"

enum { INPUT_HEAD = 32, INPUT_HOSTS = 8, INPUT_FILES_TEXT = 1024 };

struct input_file {
	char *path;
	size_t set;	 /* its set's number; the files of a set are adjacent in the list */
	int64_t first;	 /* time of its first record; INT64_MIN if unknown */
	int64_t mtime;	 /* of a pipe, which has none: now */
	uint64_t size;	 /* bytes of the file itself, 0 if unknown */
	size_t position; /* on the command line */
	dev_t dev;
	ino_t ino; /* 0: not a regular file */
	/* hashes: of the first line, of the first two and so on; and of the hosts in these lines */
	unsigned head_n, hosts_n;
	uint64_t head[INPUT_HEAD], hosts[INPUT_HOSTS];
	bool hostless; /* some headers have no host, as Exim's and Dovecot's own: it may be any host */
};

struct input_files {
	struct input_file *list;
	size_t n, sets;
	uint64_t size;	   /* of all */
	int64_t reference; /* the latest mtime */
	char note
		[INPUT_FILES_TEXT]; /* message: the files of directories that were left out; empty: none */
	char error[INPUT_FILES_TEXT]; /* why input_files_gather() refuses them */
};

struct input_files_options {
	const struct zone *zone;
	int year;     /* as in struct log_clock_options */
	bool overlap; /* accept sets that overlap */
};

/*
 * Reads the start of every file; a directory stands for the files of its mail log. A set is ordered by the times of its files'
 * first records; files without a record come last. Unreadable files are no error here: reading them later is. Returns 0,
 * -EINVAL (refused), -ENOMEM, or -errno of a directory. *out is always set (free with input_files_free()), `error` unless the
 * result is -ENOMEM.
 */
int input_files_gather(struct input_files *out, char *const *paths, size_t n,
		       const struct input_files_options *options);
void input_files_free(struct input_files *inputs);

/*
 * Refuses inputs whose lines would count twice: the same file, or the same first lines, given twice; or, unless
 * options->overlap, two sets that share, or may share, a host and more than a minute. The logs of two hosts for the same
 * day are accepted. Returns 0, -EINVAL and sets inputs->error, or -ENOMEM.
 */
int input_overlap(struct input_files *inputs, const struct input_files_options *options);

#endif
