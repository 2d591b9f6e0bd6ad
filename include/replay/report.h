/* SPDX-License-Identifier: MIT */
/* report: prints a replay's bans and its summary on standard output, as text or as JSON. */
#ifndef RELAYDAM_REPLAY_REPORT_H
#define RELAYDAM_REPLAY_REPORT_H

#include "replay/replay_run.h"

struct report {
	bool json;
	const struct replay_run *run;
	/* if two runs are compared: "this", "other" or, of a ban, "both"; else NULL */
	const char *in;
	uint64_t cut_lines; /* lines that were truncated because they are too long */
	double elapsed;	    /* duration of the replay, seconds */
};

/* One ban, on one line. */
void report_ban(const struct report *report, const struct ban_event *event);

/* The same for a ban from a log of bans. */
void report_entry(const struct report *report, const struct ban_entry *ban);

/* The summary; call after the last line of the log. */
void report_summary(const struct report *report);

#endif
