/* SPDX-License-Identifier: MIT */
/* jail: a policy. Which offences, how many hits within what time, for how long. */
#ifndef RELAYDAM_ENGINE_JAIL_H
#define RELAYDAM_ENGINE_JAIL_H

#include "engine/offence.h"
#include "engine/window.h"

/* What a jail counts: hits, or different values of something that the lines name. */
enum distinct {
	DISTINCT_NO,
	DISTINCT_USER,
	DISTINCT_RECIPIENT,
	DISTINCTS,
};

struct jail {
	const char *name;
	uint32_t offences;	 /* bit 1 << enum offence */
	struct window_rule rule; /* maxretry, findtime */
	int64_t bantime;	 /* microseconds */
	uint32_t
		bantime_factor; /* each ban is so many times longer than the one before; 0 and 1: constant */
	int64_t bantime_max;	  /* the longest that a ban may get */
	int64_t bantime_decay;	  /* so long after the end of a ban the next counts as the first */
	uint8_t prefix4, prefix6; /* what is counted and banned: /8 to /32, /16 to /128 */
	bool spare;		  /* a known sender has a higher limit, see spare.h */
	enum distinct distinct;
	bool when_busy; /* acts when more than busy_on per cent of the sessions on its ports are in use, until fewer than busy_off are */
	uint8_t busy_on, busy_off;
};

static inline bool jail_guards(const struct jail *jail, enum offence offence)
{
	return jail->offences >> offence & 1;
}

#endif
