/* SPDX-License-Identifier: MIT */
/* report_json: the report of a replay as JSON, one object per line. See report.h. */
#ifndef RELAYDAM_REPLAY_REPORT_JSON_H
#define RELAYDAM_REPLAY_REPORT_JSON_H

#include "replay/report_data.h"

void report_json_ban(const struct report *report, const struct ban_entry *ban);
void report_json_summary(const struct report *report);

#endif
