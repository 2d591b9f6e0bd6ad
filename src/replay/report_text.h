/* SPDX-License-Identifier: MIT */
/* report_text: the report of a replay as text. See report.h. */
#ifndef RELAYDAM_REPLAY_REPORT_TEXT_H
#define RELAYDAM_REPLAY_REPORT_TEXT_H

#include "replay/report_data.h"

void report_text_ban(const struct report *report, const struct ban_entry *ban);
void report_text_summary(const struct report *report);

#endif
