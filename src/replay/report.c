/* SPDX-License-Identifier: MIT */
#include "replay/report.h"

#include "report_json.h"
#include "report_text.h"

void report_entry(const struct report *report, const struct ban_entry *ban)
{
	if (report->json)
		report_json_ban(report, ban);
	else
		report_text_ban(report, ban);
}

void report_ban(const struct report *report, const struct ban_event *event)
{
	struct ban_entry ban = ban_entry_of(event);

	report_entry(report, &ban);
}

void report_summary(const struct report *report)
{
	if (report->json)
		report_json_summary(report);
	else
		report_text_summary(report);
}
