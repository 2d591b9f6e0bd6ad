/* SPDX-License-Identifier: MIT */
/* html_report: a replay as one HTML file that needs no network. */
#ifndef RELAYDAM_REPLAY_HTML_REPORT_H
#define RELAYDAM_REPLAY_HTML_REPORT_H

#include "replay/report.h"

enum { PAGE_BANS = 20000 }; /* how many are listed; the rest is only counted */

/* Writes the file anew. Returns 0 or -errno; a file that could not be written whole is removed. */
int html_report_write(const struct report *report, const char *path);

#endif
