/* SPDX-License-Identifier: MIT */
/*
 * dropped: log lines that journald or rsyslog report as dropped.
 *
 * Both limit the rate of a service, by default to some thousand lines in half a minute, and log a
 * message about it afterwards. Every user who may log on the host can forge that message, so the
 * number is only counted and shown.
 */
#ifndef RELAYDAM_LOGLINE_DROPPED_H
#define RELAYDAM_LOGLINE_DROPPED_H

#include "logline/record.h"

/* The largest number that is accepted from one message. */
#define DROPPED_MOST UINT64_C(1000000000)

/* Returns how many messages the record reports as lost, at most DROPPED_MOST; 0 for any other record. Pure. */
uint64_t dropped_messages(const struct record *record);

/* Returns the N of journald's "Suppressed N messages from UNIT" and sets *unit to UNIT; 0 for any other text. */
uint64_t dropped_suppressed(struct span message, struct span *unit);

#endif
