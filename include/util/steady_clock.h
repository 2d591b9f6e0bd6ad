/* SPDX-License-Identifier: MIT */
/*
 * steady_clock: the daemon's clock. It shows what the machine's clock shows, and goes on at its own pace, through suspend,
 * when that one is set: a step would end bans before their time, or hold them for as long as it was wide. Steps of
 * less than a second are followed, but never backwards.
 *
 * One clock for the process, for its first thread. All times are microseconds.
 */
#ifndef RELAYDAM_UTIL_STEADY_CLOCK_H
#define RELAYDAM_UTIL_STEADY_CLOCK_H

#include <stdint.h>

/* Now, since 1970. Never runs backwards. */
int64_t steady_now(void);

/* How far the machine's clock is ahead of this one since it was set; 0 where it never was. */
int64_t steady_ahead(void);

/* What the machine's clock, as it is set now, shows at a time of this one. INT64_MAX stays what it is. */
int64_t steady_wall(int64_t time);

/* The same moment by CLOCK_BOOTTIME: for timers. */
uint64_t steady_boot(int64_t time);

#endif
