/* SPDX-License-Identifier: MIT */
/* html_report: the report of a replay as one HTML file that loads nothing from the network. */
#ifndef RELAYDAM_REPLAY_HTML_REPORT_H
#define RELAYDAM_REPLAY_HTML_REPORT_H

#include "replay/report.h"

enum { HTML_REPORT_BANS = 20000 }; /* bans that are listed; further ones are only counted */

/*
 * Creates or overwrites the file. Returns 0 or -errno; a file that could not be written completely
 * is removed.
 */
int html_report_write(const struct report *report, const char *path);

#endif
