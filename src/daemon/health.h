/* SPDX-License-Identifier: MIT */
/* health: what an admin should hear of: lines that nobody understands, lines that never came. */
#ifndef RELAYDAM_DAEMON_HEALTH_H
#define RELAYDAM_DAEMON_HEALTH_H

struct daemon;

enum { HEALTH_WARNINGS = 6, HEALTH_TEXT = 320 };

struct health {
	char text[HEALTH_WARNINGS]
		 [HEALTH_TEXT]; /* "" for what is well; each kind has a place of its own */
};

void health_look(const struct daemon *daemon, struct health *out);

/* Writes to the log what is wrong since the last call. Cheap: for every ten seconds. */
void health_log(struct daemon *daemon);

#endif
