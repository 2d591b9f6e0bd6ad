/* SPDX-License-Identifier: MIT */
/*
 * clock: reads a clock of the kernel, in microseconds. The daemon's time is that of steady_clock.h,
 * not CLOCK_REALTIME.
 */
#ifndef RELAYDAM_UTIL_CLOCK_H
#define RELAYDAM_UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "util/time_units.h"

static inline int64_t clock_read(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * UNITS_SECOND + now.tv_nsec / 1000;
}

#endif
