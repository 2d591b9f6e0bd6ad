/* SPDX-License-Identifier: MIT */
/* report_data: what the report of a replay is made from, whatever its format. */
#ifndef RELAYDAM_REPLAY_REPORT_DATA_H
#define RELAYDAM_REPLAY_REPORT_DATA_H

#include "replay/replay_run.h"

enum { REPORT_COLLATERAL = 1000 }; /* most banned clients with accepted mail that are listed */

struct report {
	bool json;
	const struct replay_run *run;
	/* if two runs are compared: "this", "other" or, of a ban, "both"; else NULL */
	const char *in;
	uint64_t cut_lines; /* lines that were truncated because they are too long */
	double elapsed;	    /* duration of the replay, seconds */
};

#endif
