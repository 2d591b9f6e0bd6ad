/* SPDX-License-Identifier: MIT */
/* report: what a replay prints, for people and as JSON. */
#ifndef RELAYDAM_REPORT_H
#define RELAYDAM_REPORT_H

#include "config.h"
#include "engine.h"
#include "tally.h"

struct report {
	bool json;
	const struct config *config;
	const struct jail *jails;
	uint32_t jails_n;
	const struct engine *engine;
	const struct tally *tally;
	struct logtime_counts clock;
	uint64_t cut_lines;
	double elapsed; /* seconds */
};

/* One ban, one line. */
void report_ban(const struct report *report, const struct ban_event *event);

/* After the last line. */
void report_summary(const struct report *report);

#endif
