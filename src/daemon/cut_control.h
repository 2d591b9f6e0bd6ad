/* SPDX-License-Identifier: MIT */
/* cut_control: connects the cutter to the daemon: which bans cut, by which means, and what is logged of it. */
#ifndef RELAYDAM_DAEMON_CUT_CONTROL_H
#define RELAYDAM_DAEMON_CUT_CONTROL_H

#include "enforce/cutter.h"
#include "engine/bans.h"

struct daemon;
struct cut_control;

/*
 * Sets daemon->cuts where a jail cuts, else leaves it NULL. Logs which capability is missing. Returns 0 or -errno.
 */
int cut_control_start(struct daemon *daemon);
void cut_control_stop(struct cut_control *cutting);

/* After a reload: jail_map as for engine_inherit(). */
void cut_control_reload(struct daemon *daemon, const uint32_t *jail_map);

/*
 * Orders the cut of the client's sessions, where the ban's jail cuts. line: when the line that made the ban arrived; age: how old
 * it was then, by its own time. Microseconds.
 */
void cut_control_ban(struct daemon *daemon, const struct ban *ban, int64_t line, int64_t age);

/* Carries out the orders that are due. Returns when to call again, INT64_MAX: when there is an order. */
int64_t cut_control_run(struct daemon *daemon, int64_t now);

/* For status. NULL is fine. */
uint64_t cut_control_count(const struct cut_control *cutting, enum cut_outcome outcome);
bool cut_control_blind(const struct cut_control *cutting);
const char *
cut_control_lacks(const struct cut_control *cutting); /* "" or the capability that is missing */

#endif
