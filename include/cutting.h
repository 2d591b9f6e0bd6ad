/* SPDX-License-Identifier: MIT */
/* cutting: the cuts of the daemon: which ban asks for one, with what it is done, and what is said of it. */
#ifndef RELAYDAM_CUTTING_H
#define RELAYDAM_CUTTING_H

#include "enforce/cutter.h"
#include "engine/bans.h"

struct daemon;
struct cutting;

/* Makes daemon->cutting where a jail cuts, and tells which right is missing. Returns 0 or -errno. */
int cutting_start(struct daemon *daemon);
void cutting_stop(struct cutting *cutting);

/* The daemon has another configuration; jail_map as engine_inherit()'s. */
void cutting_reload(struct daemon *daemon, const uint32_t *jail_map);

/* A ban was made, by a line that came in at `line` and was `age` old then. If its jail cuts, its sessions are to end. */
void cutting_ban(struct daemon *daemon, const struct ban *ban, int64_t line, int64_t age);

/* Returns when it wants to run again, INT64_MAX for never. */
int64_t cutting_run(struct daemon *daemon, int64_t now);

/* For status. cutting may be NULL. */
uint64_t cutting_count(const struct cutting *cutting, enum cut_outcome outcome);
bool cutting_blind(const struct cutting *cutting);
const char *cutting_lacks(const struct cutting *cutting); /* "" or which right is missing */

#endif
