/* SPDX-License-Identifier: MIT */
/* chart: a bar chart of hits, bans and accepted mails over time, as text. */
#ifndef RELAYDAM_REPLAY_CHART_H
#define RELAYDAM_REPLAY_CHART_H

#include <stdbool.h>
#include <stdio.h>

#include "logline/log_clock.h"
#include "replay/time_series.h"

struct chart_style {
	unsigned columns; /* width of the chart; 40 to 400 are used */
	bool utf8;	  /* draw with block elements, else with ASCII */
	bool colour;	  /* by escape sequences */
};

/*
 * The style for standard output: $COLUMNS or the terminal's width, else 80; the locale; NO_COLOR
 * and TERM.
 */
struct chart_style chart_style(void);

/*
 * Prints rows for hits, with the part that bans would have stopped, for bans and for accepted
 * mails; times are in `zone`. Prints nothing if the series is empty.
 */
void chart_print(FILE *to, const struct time_series *series, const struct zone *zone,
		 const struct chart_style *style);

#endif
