/* SPDX-License-Identifier: MIT */
/*
 * input_files: the files of a replay, in the order in which they are read, and what speaks against
 * reading them together.
 *
 * Files of one stem in one directory are a set: one log, rotated. They are read one after the
 * other; sets are merged by time, see merge.h.
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
	size_t set;	 /* files of one set have the same, and stand side by side */
	int64_t first;	 /* time of its first record; INT64_MIN where it is not known */
	int64_t mtime;	 /* now where there is none, as for a pipe */
	uint64_t size;	 /* bytes of the file itself, 0 where it is not known */
	size_t position; /* on the command line */
	dev_t dev;
	ino_t ino; /* 0: no regular file */
	/* hashes: of the first lines up to each one, and of the hosts in them */
	unsigned head_n, hosts_n;
	uint64_t head[INPUT_HEAD], hosts[INPUT_HOSTS];
	bool hostless; /* headers without a host, as Exim's and Dovecot's own: it may be any */
};

struct input_files {
	struct input_file *list;
	size_t n, sets;
	uint64_t size;		      /* of all */
	int64_t reference;	      /* the latest time of change */
	char note[INPUT_FILES_TEXT];  /* what of a directory was left out; empty: nothing */
	char error[INPUT_FILES_TEXT]; /* in words, where input_files_gather() refuses them */
};

struct input_files_options {
	const struct zone *zone;
	int year;     /* as in struct log_clock_options */
	bool overlap; /* let pass what input_overlap() would refuse */
};

/*
 * Looks into every file, and for a directory into those of its mail log. A set is in the order of
 * its files' first records' times; files without any come last. Says nothing of what cannot be
 * read: reading will. Returns 0, -EINVAL (refused), -ENOMEM, or -errno of a directory; *out is set
 * in any case (free with input_files_free()), and error where it is not -ENOMEM.
 */
int input_files_gather(struct input_files *out, char *const *paths, size_t n,
		       const struct input_files_options *options);
void input_files_free(struct input_files *inputs);

/*
 * Whether lines would count twice: the same file, or the same first lines, given twice; or, unless
 * options->overlap, two sets that share, or may share, a host and more than a minute. Two hosts' logs
 * of one day pass. Returns 0, -EINVAL and sets inputs->error, or -ENOMEM.
 */
int input_overlap(struct input_files *inputs, const struct input_files_options *options);

#endif
