/* SPDX-License-Identifier: MIT */
/*
 * dropped: what the writers of a log say of lines that they dropped.
 *
 * In a wave journald and rsyslog limit the rate of one service, by default to some thousand lines in half a
 * minute, and say so afterwards. What they say may be forged by whoever may log on the host: it is
 * counted and shown, and decides nothing.
 */
#ifndef RELAYDAM_LOGLINE_DROPPED_H
#define RELAYDAM_LOGLINE_DROPPED_H

#include "logline/record.h"

/* Messages that the record says were lost, LOSS_MOST at most; 0 for any other record. Pure. */
uint64_t dropped_messages(const struct record *record);

/* The N of journald's "Suppressed N messages from UNIT"; 0 for any other text. *unit: the UNIT. */
uint64_t dropped_suppressed(struct span message, struct span *unit);

#define LOSS_MOST UINT64_C(1000000000)

#endif
