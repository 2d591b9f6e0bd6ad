/* SPDX-License-Identifier: MIT */
/* log: what the daemon says: to the journal when systemd started it, else to stderr. */
#ifndef RELAYDAM_UTIL_LOG_H
#define RELAYDAM_UTIL_LOG_H

#include "config/config.h"
#include "enforce/cutter.h"
#include "engine/ban_log.h"

/* One line; bytes that a terminal would obey are escaped. priority: LOG_* of syslog.h. */
void log_note(int priority, const char *text);

/* The same, for who tells through a callback; context is not looked at. */
void log_heard(void *context, int priority, const char *text);

__attribute__((format(printf, 2, 3))) void log_print(int priority, const char *format, ...);

/*
 * One structured entry a ban (RELAYDAM_ADDR=, _JAIL=, _RULE=, _HITS=, _UNTIL=, MESSAGE_ID), up to
 * LOG_BANS a minute: logging on behalf of attackers is lossy on purpose. now: microseconds.
 */
enum { LOG_BANS = 300 };
#define LOG_BAN_ID "5c2d9e0b4d0f4f7f9d1fb2f1c2a87a55"
void log_ban(const struct config *config, const char *jail, const struct ban_entry *ban,
	     int64_t now);

/*
 * The same of a cut (RELAYDAM_ADDR=, _JAIL=, _OUTCOME=, _SESSIONS=, _LATENCY_USEC=): of sessions that were cut, or should
 * have been and were not; that there was none, or that it had ended, is only counted.
 */
#define LOG_CUT_ID "f00d2277561f45d08b125c7a94586b34"
void log_cut(const char *jail, const struct cut_report *cut, bool dry_run, int64_t now);

#endif
