/* SPDX-License-Identifier: MIT */
/* page: a replay as one HTML file that needs no network. */
#ifndef RELAYDAM_PAGE_H
#define RELAYDAM_PAGE_H

#include "report.h"

enum { PAGE_BANS = 20000 }; /* how many are listed; the rest is only counted */

/* Writes the file anew. Returns 0 or -errno; a file that could not be written whole is removed. */
int page_write(const struct report *report, const char *path);

#endif
