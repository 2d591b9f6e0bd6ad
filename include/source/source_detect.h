/* SPDX-License-Identifier: MIT */
/*
 * source_detect: what `sources = "auto"` reads.
 *
 *   1. /var/log/mail.log or /var/log/maillog, the one written to last, if that was within AUTOSOURCE_FRESH;
 *   2. else the journal, with those units of mail servers that are installed and not masked;
 *   3. else a mail log that is older.
 * And beside any of these the files that Exim and Dovecot write themselves, if fresh and if what they say does not stand in 1
 * or 2 as well (Exim's log_file_path = main : syslog): each line would count twice.
 *
 * Written to: the time of change of the file if there is anything in it, or of its rotated one. For when rsyslog was
 * removed, its logs stay for years, and logrotate goes on making empty ones.
 */
#ifndef RELAYDAM_SOURCE_SOURCE_DETECT_H
#define RELAYDAM_SOURCE_SOURCE_DETECT_H

#include "source/source_overlap.h"

/* Mail comes every day, and a day of rest must not move an MX to another source. Microseconds. */
#define AUTOSOURCE_FRESH (INT64_C(36) * 3600 * 1000000)

/*
 * Looks below where->root. Returns 0 and sets *out, an array of *n with malloc'd strings as in struct config
 * (source_detect_free()); -ENOENT when there is nothing to read; or -ENOMEM. note: what was left out, one line, priority as in
 * syslog.h; may be NULL.
 */
int source_detect(const struct source_overlap_options *where, struct source_conf **out, size_t *n,
		  void (*note)(void *context, int priority, const char *text), void *context);
void source_detect_free(struct source_conf *sources, size_t n);

#endif
