/* SPDX-License-Identifier: MIT */
/* explain: logs each decision to stderr, for `run --debug`; in colour on a terminal. */
#ifndef RELAYDAM_DAEMON_EXPLAIN_H
#define RELAYDAM_DAEMON_EXPLAIN_H

#include "enforce/cutter.h"
#include "engine/engine.h"

struct daemon;

void explain_hit(const struct daemon *daemon, const struct hit *hit);
void explain_stopped(const struct daemon *daemon, const struct hit *hit);
void explain_ban(const struct daemon *daemon, const struct ban_event *event);

/* A connection that a cut considered; `said` of its process, or "". Then the outcome of the whole cut. */
void explain_sight(const struct daemon *daemon, const struct cut_candidate *sight,
		   const char *said);
void explain_cut(const struct daemon *daemon, const struct cut_report *report);

#endif
