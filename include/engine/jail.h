/* SPDX-License-Identifier: MIT */
/* jail: a policy: which offences, how many hits in what time, and how long the ban is. */
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
	uint32_t bantime_factor; /* ratio of a ban's length to the one before; 0 and 1: constant */
	int64_t bantime_max;	 /* longest ban */
	int64_t bantime_decay;	 /* this long after the end of a ban the next counts as the first */
	uint8_t prefix4, prefix6; /* what is counted and banned: /8 to /32, /16 to /128 */
	bool spare;		  /* a known sender has a higher limit, see spare.h */
	enum distinct distinct;
	/*
	 * Acts only while the server is busy: from the time when more than busy_on per cent of the
	 * sessions on its ports are in use until fewer than busy_off per cent are.
	 */
	bool when_busy;
	uint8_t busy_on, busy_off;
};

static inline bool jail_guards(const struct jail *jail, enum offence offence)
{
	return jail->offences >> offence & 1;
}

#endif
