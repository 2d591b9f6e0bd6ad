/* SPDX-License-Identifier: MIT */
/* report: prints a replay's bans and its summary on standard output, as text or as JSON. */
#ifndef RELAYDAM_REPLAY_REPORT_H
#define RELAYDAM_REPLAY_REPORT_H

#include "replay/report_data.h"

/* One ban, on one line. */
void report_ban(const struct report *report, const struct ban_event *event);

/* The same for a ban from a log of bans. */
void report_entry(const struct report *report, const struct ban_entry *ban);

/* The summary; call after the last line of the log. */
void report_summary(const struct report *report);

#endif
