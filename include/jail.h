/* SPDX-License-Identifier: MIT */
/* jail: a policy. Which offences, how many hits within what time, for how long. */
#ifndef RELAYDAM_JAIL_H
#define RELAYDAM_JAIL_H

#include "offence.h"
#include "window.h"

struct jail {
	const char *name;
	uint32_t offences;	  /* bit 1 << enum offence */
	struct window_rule rule;  /* maxretry, findtime */
	int64_t bantime;	  /* microseconds */
	uint8_t prefix4, prefix6; /* what is counted and banned: /0 to /32, /0 to /128 */
};

enum verdict {
	VERDICT_WAIT = 0,
	VERDICT_BAN = 1,
};

static inline bool jail_guards(const struct jail *jail, enum offence offence)
{
	return jail->offences >> offence & 1;
}

/* Have these hits earned a ban? Pure. */
enum verdict jail_judge(const struct jail *jail, struct window_count count, int64_t now);

#endif
