/* SPDX-License-Identifier: MIT */
/* chart: the wave over time, for a terminal. */
#ifndef RELAYDAM_REPLAY_CHART_H
#define RELAYDAM_REPLAY_CHART_H

#include <stdbool.h>
#include <stdio.h>

#include "logline/log_clock.h"
#include "replay/time_series.h"

struct chart_style {
	unsigned columns; /* of the terminal, at least 40 are used */
	bool utf8;	  /* block elements, else ASCII */
	bool colour;
};

/* As the environment has it: width of stdout's terminal (80 where it is none), locale, NO_COLOR, TERM. */
struct chart_style chart_style(void);

/* Hits with the part of them that bans would have stopped, bans and accepted mail. Prints nothing without hits and mails. */
void chart_print(FILE *to, const struct time_series *series, const struct zone *zone,
		 const struct chart_style *style);

#endif
