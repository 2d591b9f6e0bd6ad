/* SPDX-License-Identifier: MIT */
/*
 * log_name: which files are one log, rotated: mail.log, mail.log.1, mail.log.2.gz, mail.log-20261101,
 * mail-20261101.log.xz; and which of a directory's files is the mail log.
 */
#ifndef RELAYDAM_LOGLINE_LOG_NAME_H
#define RELAYDAM_LOGLINE_LOG_NAME_H

#include <stddef.h>

enum { LOG_NAME_TEXT = 256, LOG_NAME_NOTE = 512 };

/* The path's last part without what rotation and compression added. */
void log_name_stem(const char *path, char out[LOG_NAME_TEXT]);

/*
 * The files of the mail log in a directory: those of its only stem, or of mail.log, maillog, mail,
 * mainlog or exim_mainlog, whichever comes first. Hidden files, and what is no file, are left out.
 * Returns 0 and sets *paths to *n paths (free each, then the list), -errno, or -EINVAL where it
 * cannot tell. note says what was left out, or why it cannot tell; empty where there is nothing to
 * say.
 */
int log_name_directory(const char *directory, char ***paths, size_t *n, char note[LOG_NAME_NOTE]);

#endif
