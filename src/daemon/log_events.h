/* SPDX-License-Identifier: MIT */
/*
 * log_events: bans and cuts in the daemon's log, as structured entries where that is the journal. At most LOG_EVENTS of each
 * kind a minute are written, since clients cause them; the ledger has all. Times are the daemon's clock, microseconds.
 */
#ifndef RELAYDAM_DAEMON_LOG_EVENTS_H
#define RELAYDAM_DAEMON_LOG_EVENTS_H

#include "config/config.h"
#include "enforce/cutter.h"
#include "engine/ban_log.h"

enum { LOG_EVENTS = 300 };

/* Fields: RELAYDAM_ADDR=, _JAIL=, _RULE=, _HITS=, _WOULD=, _UNTIL=, MESSAGE_ID=. */
#define LOG_BAN_ID "5c2d9e0b4d0f4f7f9d1fb2f1c2a87a55"
void log_ban(const struct config *config, const char *jail, const struct ban_entry *ban,
	     int64_t now);

/*
 * Fields: RELAYDAM_ADDR=, _JAIL=, _OUTCOME=, _SESSIONS=, _LATENCY_USEC=, MESSAGE_ID=. Sessions that were cut are logged, and those
 * that should have been and were not; a client without a session, or with one that had ended, is only counted.
 */
#define LOG_CUT_ID "f00d2277561f45d08b125c7a94586b34"
void log_cut(const char *jail, const struct cut_report *cut, bool dry_run, int64_t now);

#endif
