/* SPDX-License-Identifier: MIT */
/* health: conditions that need an operator: lines that no filter reads, lines that were lost, memory that is short. */
#ifndef RELAYDAM_DAEMON_HEALTH_H
#define RELAYDAM_DAEMON_HEALTH_H

struct daemon;

enum { HEALTH_WARNINGS = 6, HEALTH_TEXT = 320 };

struct health {
	char text[HEALTH_WARNINGS]
		 [HEALTH_TEXT]; /* one of each kind; "": that condition is absent */
};

/* Finds the conditions that hold now. */
void health_look(const struct daemon *daemon, struct health *out);

/* Logs a warning for each condition that began since the last call. */
void health_log(struct daemon *daemon);

#endif
