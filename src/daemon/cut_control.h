/* SPDX-License-Identifier: MIT */
/* cut_control: the cuts of the daemon: which ban asks for one, with what it is done, and what is said of it. */
#ifndef RELAYDAM_DAEMON_CUT_CONTROL_H
#define RELAYDAM_DAEMON_CUT_CONTROL_H

#include "enforce/cutter.h"
#include "engine/bans.h"

struct daemon;
struct cut_control;

/* Makes daemon->cutting where a jail cuts, and tells which right is missing. Returns 0 or -errno. */
int cut_control_start(struct daemon *daemon);
void cut_control_stop(struct cut_control *cutting);

/* The daemon has another configuration; jail_map as engine_inherit()'s. */
void cut_control_reload(struct daemon *daemon, const uint32_t *jail_map);

/* A ban was made, by a line that came in at `line` and was `age` old then. If its jail cuts, its sessions are to end. */
void cut_control_ban(struct daemon *daemon, const struct ban *ban, int64_t line, int64_t age);

/* Returns when it wants to run again, INT64_MAX for never. */
int64_t cut_control_run(struct daemon *daemon, int64_t now);

/* For status. cutting may be NULL. */
uint64_t cut_control_count(const struct cut_control *cutting, enum cut_outcome outcome);
bool cut_control_blind(const struct cut_control *cutting);
const char *cut_control_lacks(const struct cut_control *cutting); /* "" or which right is missing */

#endif
