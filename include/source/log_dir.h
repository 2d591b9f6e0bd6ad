/* SPDX-License-Identifier: MIT */
/* log_dir: directories of logs: the files of one log, rotated ones included, and which files of a directory are the mail log. */
#ifndef RELAYDAM_SOURCE_LOG_DIR_H
#define RELAYDAM_SOURCE_LOG_DIR_H

#include <stddef.h>
#include <stdint.h>

#include "logline/log_name.h"

/* One entry of a directory, valid during the call. */
struct log_dir_entry {
	int directory;	  /* descriptor of the directory, for openat() */
	const char *name; /* in that directory */
	const char *path; /* the directory as it was named, and the name */
	uint64_t inode;
	struct log_name form;
};

/* Called for each entry; returns true to stop. */
typedef bool log_dir_each(void *context, const struct log_dir_entry *entry);

/*
 * Lists the directory of the log `path`, which need not exist; then, where `path` is a symbolic link, the directory of its target.
 * Every entry is passed on, in no order: form.kind is LOG_NAME_OTHER for what is not of this log. Returns true if each() stopped
 * it. A directory that cannot be read has no entries.
 */
bool log_dir_scan(const char *path, log_dir_each *each, void *context);

enum { LOG_DIR_NOTE = 512 };

/*
 * Finds the files of the mail log in a directory: those of its only log, or of mail.log, maillog, mail, mainlog or exim_mainlog,
 * whichever is there first. Ignores hidden files and what is not a regular file.
 *
 * Returns 0 and sets *paths to *n paths in the order of their names (the caller frees each, then the list); -EINVAL if it
 * cannot decide; or -errno. note: a message about the files left out, or why it cannot decide; empty if there is none.
 */
int log_dir_mail_log(const char *directory, char ***paths, size_t *n, char note[LOG_DIR_NOTE]);

#endif
