/* SPDX-License-Identifier: MIT */
/*
 * steady_clock: the daemon's clock. It follows CLOCK_REALTIME, but not when that clock is set: then
 * it goes on at the rate of CLOCK_BOOTTIME, which includes suspend. A step would end bans early or
 * prolong them. Steps of less than a second are followed, but the clock never runs backwards.
 *
 * There is one clock for the process; only the main thread may use it. All times are microseconds.
 */
#ifndef RELAYDAM_UTIL_STEADY_CLOCK_H
#define RELAYDAM_UTIL_STEADY_CLOCK_H

#include <stdint.h>

/* Returns the time, since 1970. Never runs backwards. */
int64_t steady_now(void);

/* Returns how far CLOCK_REALTIME is ahead of this clock; 0 unless it was set. */
int64_t steady_ahead(void);

/* Converts a time of this clock to CLOCK_REALTIME. INT64_MAX is returned unchanged. */
int64_t steady_wall(int64_t time);

/* Converts a time of this clock to CLOCK_BOOTTIME, for timers. */
uint64_t steady_boot(int64_t time);

#endif
