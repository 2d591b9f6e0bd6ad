/* SPDX-License-Identifier: MIT */
/*
 * autosource: what `sources = "auto"` reads.
 *
 *   1. /var/log/mail.log or /var/log/maillog, the one written to last, if that was within AUTOSOURCE_FRESH;
 *   2. else the journal, with those units of mail servers that are installed and not masked;
 *   3. else a mail log that is older.
 * And beside any of these the files that Exim and Dovecot write themselves, if fresh: nothing of theirs is in 1 or 2.
 *
 * Written to: the time of change of the file if there is anything in it, or of its rotated one. For when rsyslog was
 * removed, its logs stay for years, and logrotate goes on making empty ones.
 */
#ifndef RELAYDAM_AUTOSOURCE_H
#define RELAYDAM_AUTOSOURCE_H

#include "config.h"

/* Mail comes every day, and a day of rest must not move an MX to another source. Microseconds. */
#define AUTOSOURCE_FRESH (INT64_C(36) * 3600 * 1000000)

/*
 * Looks below root ("" for this machine). now: microseconds since 1970. Returns 0 and sets *out, an array of *n
 * with malloc'd strings as in struct config (autosource_free()); -ENOENT when there is nothing to read; or -ENOMEM.
 */
int autosource(const char *root, int64_t now, struct source_conf **out, size_t *n);
void autosource_free(struct source_conf *sources, size_t n);

#endif
