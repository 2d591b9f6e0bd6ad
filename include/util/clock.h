/* SPDX-License-Identifier: MIT */
/* clock: what a clock shows, in microseconds. Of the machine's clock, CLOCK_REALTIME, the daemon's own time comes from steady. */
#ifndef RELAYDAM_UTIL_CLOCK_H
#define RELAYDAM_UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_read(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

#endif
