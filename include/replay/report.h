/* SPDX-License-Identifier: MIT */
/* report: what a replay prints, for people and as JSON. */
#ifndef RELAYDAM_REPLAY_REPORT_H
#define RELAYDAM_REPLAY_REPORT_H

#include "replay/replay_run.h"

struct report {
	bool json;
	const struct replay_run *pass;
	const char *
		in; /* where there are two runs: "this", "other" or, for a ban, "both"; else NULL */
	uint64_t cut_lines;
	double elapsed; /* seconds */
};

/* One ban, one line. */
void report_ban(const struct report *report, const struct ban_event *event);

/* The same from a log of bans. */
void report_entry(const struct report *report, const struct ban_entry *ban);

/* After the last line. */
void report_summary(const struct report *report);

#endif
