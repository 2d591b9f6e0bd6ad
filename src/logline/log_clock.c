/* SPDX-License-Identifier: MIT */
#include "logline/log_clock.h"

#include <errno.h>
#include <stdlib.h>

#include "util/units.h"

#define BACKWARD (5 * UNITS_SECOND)
#define FORWARD UNITS_HOUR
#define QUARTER (UNITS_HOUR / 4)

struct log_clock {
	struct log_clock_options options;
	struct log_clock_counts counts;
	bool started;
	int64_t last;	 /* the last resulting time */
	int64_t ahead;	 /* by how much the clock of stamps is ahead of that of arrivals */
	int64_t stamped; /* UTC of the last stamp; the year of the next one is near it */
	unsigned pending;
	int64_t held[LOG_CLOCK_HELD];
	/* cached from the last stamp */
	uint8_t month, day;
	int64_t day_start; /* of month and day, local */
	int64_t quarter, quarter_shift;
};

int log_clock_new(struct log_clock **out, const struct log_clock_options *options)
{
	struct log_clock *clock = calloc(1, sizeof(*clock));

	if (!clock)
		return -ENOMEM;
	clock->options = *options;
	clock->quarter = INT64_MIN;
	*out = clock;
	return 0;
}

void log_clock_free(struct log_clock *clock)
{
	free(clock);
}

/* Local time to UTC. Zones change at quarters of an hour only, so the shift of a quarter is cached. */
static int64_t to_utc(struct log_clock *clock, int64_t local)
{
	const struct zone *zone = clock->options.zone;
	int64_t quarter = local / QUARTER;
	int64_t utc;

	if (quarter == clock->quarter)
		return local - clock->quarter_shift;
	utc = zone->utc(zone, local, clock->stamped);
	if (zone->utc(zone, local, INT64_MIN / 2) == zone->utc(zone, local, INT64_MAX / 2)) {
		clock->quarter = quarter;
		clock->quarter_shift = local - utc;
	}
	return utc;
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static int year_of(int64_t us)
{
	int64_t day = us / UNITS_DAY - (us % UNITS_DAY < 0);
	/* 1970 plus whole average years is at most one year off */
	int year = (int)(1970 + day * 400 / 146097);

	while (days_from_civil(year + 1, 1, 1) <= day)
		year++;
	while (days_from_civil(year, 1, 1) > day)
		year--;
	return year;
}

/* Returns the start of the stamp's day, in the year that puts it nearest to `near` and not after `bound`. */
static int64_t nearest_day(const struct timestamp *stamp, int64_t near, int64_t bound)
{
	int year = year_of(near);
	int64_t best = 0;
	bool found = false;

	/* eight years back there is a 29th of February, even around 1900 and 2100 */
	for (int y = year + 1; y >= year - 8; y--) {
		int64_t start;

		if (!civil_is_valid(y, stamp->month, stamp->day))
			continue;
		start = days_from_civil(y, stamp->month, stamp->day) * UNITS_DAY;
		if (start + stamp->us > bound)
			continue;
		if (!found || distance(start, near) < distance(best, near))
			best = start;
		found = true;
	}
	return best;
}

static int64_t first_day(const struct log_clock *clock, const struct timestamp *stamp)
{
	int year = clock->options.year;

	if (year > 0 && civil_is_valid(year, stamp->month, stamp->day))
		return days_from_civil(year, stamp->month, stamp->day) * UNITS_DAY;
	return nearest_day(stamp, clock->options.reference, clock->options.reference + UNITS_DAY);
}

static int64_t yearless(struct log_clock *clock, const struct timestamp *stamp)
{
	if (stamp->month != clock->month || stamp->day != clock->day) {
		int64_t bound = clock->options.year > 0 ? INT64_MAX
							: clock->options.reference + UNITS_DAY;

		clock->day_start = clock->started ? nearest_day(stamp, clock->stamped, bound)
						  : first_day(clock, stamp);
		clock->month = stamp->month;
		clock->day = stamp->day;
	}
	return clock->day_start + stamp->us;
}

int64_t log_clock_read(struct log_clock *clock, const struct timestamp *stamp)
{
	int64_t stamped = 0;

	switch (stamp->kind) {
	case TIMESTAMP_NONE:
		return clock->stamped;
	case TIMESTAMP_YEARLESS:
		stamped = to_utc(clock, yearless(clock, stamp));
		break;
	case TIMESTAMP_LOCAL:
		stamped = to_utc(clock, stamp->us);
		break;
	case TIMESTAMP_UTC:
		stamped = stamp->us;
		break;
	}
	clock->stamped = stamped;
	clock->started = true;
	return stamped;
}

/* The step was false: the held records get the time before it. */
static void reject_step(struct log_clock *clock)
{
	for (unsigned i = 0; i < clock->pending; i++)
		clock->held[i] = clock->last;
	clock->counts.clamped += clock->pending;
	clock->pending = 0;
}

/* No held record may be later than the one that follows it. */
static void order_held(struct log_clock *clock, int64_t bound)
{
	for (unsigned i = clock->pending; i-- > 0;) {
		if (clock->held[i] > bound)
			clock->held[i] = bound;
		bound = clock->held[i];
	}
}

/* A step forward of more than an hour is accepted when three records agree on it. */
static int step_forward(struct log_clock *clock, int64_t t, int64_t *time)
{
	if (clock->pending < LOG_CLOCK_HELD) {
		clock->held[clock->pending++] = t;
		return LOG_CLOCK_HOLD;
	}
	order_held(clock, t);
	clock->counts.stepped++;
	clock->pending = 0;
	*time = clock->last = t;
	return LOG_CLOCK_AGREED;
}

/*
 * Applies the smallest of the host's shifts with which the record is not late, and ends the larger ones. Even with the largest
 * the record may be late.
 */
static int64_t shifted(const struct log_clock *clock, struct log_clock_shift *shift,
		       int64_t stamped)
{
	int64_t t = stamped;

	for (unsigned i = 0; t < clock->last - BACKWARD && i < shift->n; i++) {
		t = stamped + shift->more[i];
		if (t >= clock->last - BACKWARD)
			shift->n = i + 1;
	}
	if (t == stamped)
		shift->n = 0;
	return t;
}

static void shift_more(struct log_clock_shift *shift, int64_t more)
{
	if (shift->n == LOG_CLOCK_SHIFTS)
		shift->n--;
	shift->more[shift->n++] = more;
}

/* A step of at most an hour forward, or any step back. */
static void step_near(struct log_clock *clock, struct log_clock_shift *shift, int64_t stamped,
		      int64_t t, int64_t *time)
{
	if (t < clock->last - BACKWARD) {
		clock->counts.shifted++;
		shift_more(shift, clock->last - stamped);
	} else if (t < clock->last) {
		clock->counts.clamped++;
	} else {
		clock->last = t;
	}
	*time = clock->last;
}

int log_clock_step(struct log_clock *clock, struct log_clock_shift *shift,
		   const struct timestamp *stamp, int64_t arrival, int64_t *time)
{
	bool first = !clock->started;
	bool held = clock->pending > 0;
	int64_t stamped, t;

	/* a record without a time was written right after the one before */
	if (stamp->kind == TIMESTAMP_NONE) {
		*time = clock->last;
		return LOG_CLOCK_NOW;
	}
	if (arrival != INT64_MAX && arrival + clock->ahead > clock->options.reference)
		clock->options.reference = arrival + clock->ahead;
	stamped = log_clock_read(clock, stamp) - clock->ahead;
	t = first ? stamped : shifted(clock, shift, stamped);
	if (t > arrival) {
		clock->counts.clamped++;
		t = arrival;
	}
	if (first && t > 0)
		clock->last = t;
	/* If the arrival is known, a time up to it needs no other records to agree. */
	if (t > clock->last + FORWARD && arrival == INT64_MAX)
		return step_forward(clock, t, time);
	if (held)
		reject_step(clock);
	step_near(clock, shift, stamped, t, time);
	return held ? LOG_CLOCK_AGREED : LOG_CLOCK_NOW;
}

void log_clock_stepped(struct log_clock *clock, int64_t step)
{
	clock->ahead += step;
}

int64_t log_clock_held(const struct log_clock *clock, unsigned i)
{
	return clock->held[i];
}

unsigned log_clock_settle(struct log_clock *clock)
{
	unsigned n = clock->pending;

	if (n > 0) {
		order_held(clock, clock->held[n - 1]);
		clock->counts.stepped++;
		clock->last = clock->held[n - 1];
	}
	clock->pending = 0;
	return n;
}

struct log_clock_counts log_clock_counts(const struct log_clock *clock)
{
	return clock->counts;
}
