/* SPDX-License-Identifier: MIT */
#include "tick.h"

#include <errno.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "checkpoint.h"
#include "cut_control.h"
#include "daemon_state.h"
#include "enforcement.h"
#include "engine/engine_bans.h"
#include "health.h"
#include "load.h"
#include "policy.h"
#include "source_feed.h"
#include "util/log.h"
#include "util/steady_clock.h"
#include "util/units.h"

enum {
	REPORT_EVERY = 10 * UNITS_SECOND, /* to systemd */
	LATE = UNITS_SECOND, /* from a line's time until we read it; journald needs 0.3 s */
	SHORTEST = 1000,     /* microseconds between two ticks of the timer */
};

struct tick {
	sd_event_source *timer;
	int64_t clock_ahead; /* of the machine's clock before ours, as logged */
	int64_t reported;    /* time of the last report to systemd, else of the start */
	bool has_reported;
	uint64_t lines_then;
	double lines_per_second;
};

static int on_timer(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	tick(context);
	return 0;
}

int tick_start(struct daemon *daemon)
{
	struct tick *tick = calloc(1, sizeof(*tick));
	int r;

	if (!tick)
		return -ENOMEM;
	tick->reported = daemon->started;
	r = sd_event_add_time(daemon->event, &tick->timer, CLOCK_BOOTTIME, 0, 1000, on_timer,
			      daemon);
	if (r < 0) {
		free(tick);
		return r;
	}
	daemon->tick = tick;
	return 0;
}

void tick_free(struct tick *tick)
{
	if (!tick)
		return;
	sd_event_source_unref(tick->timer);
	free(tick);
}

double tick_lines_per_second(const struct tick *tick)
{
	return tick->lines_per_second;
}

static void report_status(struct daemon *daemon, int64_t now)
{
	struct tick *tick = daemon->tick;
	const struct engine *engine = daemon->policy->engine;
	double seconds = (double)(now - tick->reported) / (double)UNITS_SECOND;
	struct engine_counts counts;

	if (now - tick->reported < REPORT_EVERY && tick->has_reported)
		return;
	counts = engine_counts(engine);
	tick->has_reported = true;
	tick->lines_per_second = seconds > 0 ? (double)(counts.lines - tick->lines_then) / seconds
					     : 0;
	tick->lines_then = counts.lines;
	tick->reported = now;
	health_log(daemon);
	sd_notifyf(0, "STATUS=%llu lines, %llu hits, %u bans in force%s",
		   (unsigned long long)counts.lines, (unsigned long long)counts.hits,
		   bans_count(engine_bans(engine)), daemon_is_dry(daemon) ? ", dry run" : "");
}

static void report_clock_step(struct tick *tick)
{
	int64_t step = steady_ahead() - tick->clock_ahead;

	if (llabs(step) < UNITS_SECOND)
		return;
	log_print(LOG_NOTICE,
		  "the clock was set %lld s %s: bans and windows go on at their own pace",
		  llabs(step) / UNITS_SECOND, step > 0 ? "ahead" : "back");
	tick->clock_ahead += step;
}

/*
 * Up to when bans may end. A ban ends in the log's time, and a line from before that may still be on its way, or wait for us after
 * a restart or a reload: its hits are of a banned client, as they are in a replay of that log. (The kernel lets the client in at
 * the ban's end all the same.)
 */
static int64_t settled(struct daemon *daemon, int64_t now)
{
	for (size_t i = 0; i < daemon->feeds_n; i++)
		if (feed_behind(daemon->feeds[i]))
			return engine_last(daemon->policy->engine);
	engine_settle(daemon->policy->engine);
	return now - LATE;
}

static int64_t run_block_lists(const struct policy *policy, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < policy->blockers_n; i++) {
		int64_t wanted = block_list_run(policy->block_lists[i], now);

		if (wanted < next)
			next = wanted;
	}
	return next;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Runs everything that may wait for a time. Returns the earliest that something waits for. */
static int64_t run_all(struct daemon *daemon, int64_t now)
{
	int64_t next, end;

	engine_advance(daemon->policy->engine, settled(daemon, now));
	next = load_run(daemon, now);
	next = earlier(next, run_block_lists(daemon->policy, now));
	/* After the block lists: a client that is cut before it is blocked is back at once. */
	next = earlier(next, cut_control_run(daemon, now));
	enforce_log(daemon);
	next = earlier(next, checkpoint_run(daemon, now));
	report_status(daemon, now);
	end = engine_next(daemon->policy->engine);
	return end < next - LATE ? end + LATE : next;
}

void tick(struct daemon *daemon)
{
	struct tick *tick = daemon->tick;
	int64_t now = daemon_now(), next;

	report_clock_step(tick);
	next = earlier(run_all(daemon, now), now + REPORT_EVERY);
	if (next < now + SHORTEST)
		next = now + SHORTEST;
	sd_event_source_set_time(tick->timer, steady_boot(next));
	sd_event_source_set_enabled(tick->timer, SD_EVENT_ONESHOT);
}
