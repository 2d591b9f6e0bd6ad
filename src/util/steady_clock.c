/* SPDX-License-Identifier: MIT */
#include "util/steady_clock.h"

#include <stdlib.h>

#include "util/clock.h"
#include "util/time_units.h"

enum { STEP = UNITS_SECOND, TOGETHER = 20000, TRIES = 5 };

static struct {
	int64_t apart; /* CLOCK_REALTIME - CLOCK_BOOTTIME, when last read */
	int64_t shift; /* this clock - CLOCK_BOOTTIME */
	int64_t last;
} steady;

/*
 * Reads both clocks at nearly the same time: an interruption between the two reads would look like
 * a step. Returns CLOCK_BOOTTIME.
 */
static int64_t read_both(int64_t *wall)
{
	int64_t boot = 0, after;

	for (int i = 0; i < TRIES; i++) {
		boot = clock_read(CLOCK_BOOTTIME);
		*wall = clock_read(CLOCK_REALTIME);
		after = clock_read(CLOCK_BOOTTIME);
		if (after - boot < TOGETHER)
			break;
	}
	return boot;
}

int64_t steady_now(void)
{
	int64_t wall, boot = read_both(&wall), moved = wall - boot - steady.apart;

	steady.apart = wall - boot;
	if (steady.last == 0)
		steady.shift = steady.apart;
	else if (llabs(moved) < STEP)
		steady.shift += moved;
	if (boot + steady.shift > steady.last)
		steady.last = boot + steady.shift;
	return steady.last;
}

int64_t steady_ahead(void)
{
	return steady.apart - steady.shift;
}

int64_t steady_wall(int64_t time)
{
	return time == INT64_MAX ? time : time + steady_ahead();
}

uint64_t steady_boot(int64_t time)
{
	return time > steady.shift ? (uint64_t)(time - steady.shift) : 0;
}
