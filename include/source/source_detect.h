/* SPDX-License-Identifier: MIT */
/*
 * source_detect: finds the sources of `sources = "auto"`:
 *
 *   1. /var/log/mail.log or /var/log/maillog, whichever was written to last, if that was within SOURCE_DETECT_FRESH;
 *   2. else the journal, with the units of mail servers that are installed and not masked;
 *   3. else a mail log that is older.
 * In addition, the files that Exim and Dovecot write themselves, if they are fresh and if 1 or 2 does not hold their lines as
 * well (Exim's log_file_path = main : syslog): each line would count twice.
 *
 * A log's time is that of its last change if it is not empty, or that of its rotated files (see log_name.h): after rsyslog was
 * removed its logs stay for years, and logrotate goes on creating empty ones.
 */
#ifndef RELAYDAM_SOURCE_SOURCE_DETECT_H
#define RELAYDAM_SOURCE_SOURCE_DETECT_H

#include "source/source_overlap.h"
#include "util/time_units.h"

/* Microseconds. Mail comes every day, but a quiet day must not move an MX to another source. */
#define SOURCE_DETECT_FRESH (36 * UNITS_HOUR)

/*
 * Searches below where->root. Returns 0 and sets *out to an array of *n (source_detect_free()), its strings allocated as in struct
 * config; -ENOENT if there is nothing to read; or -ENOMEM. note: called with one line for each file that was left out,
 * priority as in syslog.h; may be NULL.
 */
int source_detect(const struct source_overlap_options *where, struct source_conf **out, size_t *n,
		  void (*note)(void *context, int priority, const char *text), void *context);
void source_detect_free(struct source_conf *sources, size_t n);

#endif
