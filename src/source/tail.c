/* SPDX-License-Identifier: MIT */
#include "source/tail.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "logline/line_buffer.h"
#include "path_watch.h"
#include "rotation.h"
#include "tail_set.h"
#include "util/clock.h"
#include "util/time_units.h"

enum {
	BATCH_TIME = 3000, /* microseconds; then the loop serves other sources */
	POLL_EVERY = UNITS_SECOND,
	/* After 40 wakeups within 10 ms lines are gathered for 1 ms at a time, until 5 of 10 of these brought nothing. */
	RATE_SPAN = 10000,
	RATE_WAKEUPS = 40,
	GATHER = 1000,
	GATHER_ROUND = 10,
	GATHER_IDLE = 5,
};

struct tail {
	sd_event *event;
	char *path;
	struct tail_events events;
	struct path_watch *watch;
	struct tail_set *set;
	sd_event_source *io, *tick, *more, *gather;
	bool poll_due, stopped;
	bool gathering;
	int64_t since; /* start of the span in which wakeups are counted */
	unsigned woken, idle;
};

static int64_t now_of(const struct tail *tail)
{
	uint64_t now = 0;

	sd_event_now(tail->event, CLOCK_MONOTONIC, &now);
	return (int64_t)now;
}

static int stop(struct tail *tail, int r)
{
	tail->stopped = true;
	sd_event_source_set_enabled(tail->io, SD_EVENT_OFF);
	sd_event_source_set_enabled(tail->tick, SD_EVENT_OFF);
	sd_event_source_set_enabled(tail->gather, SD_EVENT_OFF);
	sd_event_source_set_enabled(tail->more, SD_EVENT_OFF);
	return sd_event_exit(tail->event, r);
}

static int arm(sd_event_source *timer, int64_t at)
{
	int r = sd_event_source_set_time(timer, (uint64_t)at);

	return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

/* Reads one block or more, for at most BATCH_TIME. Returns 1 if there is more, 0, or < 0. */
static int read_batch(struct tail *tail, int64_t now)
{
	int64_t end = clock_read(CLOCK_MONOTONIC) + BATCH_TIME;
	int r;

	do
		r = tail_set_read(tail->set, now, LINE_BUFFER_BLOCK);
	while (r > 0 && clock_read(CLOCK_MONOTONIC) < end);
	return r;
}

/* Reads what there is. Returns whether lines came, or < 0. */
static int read_lines(struct tail *tail)
{
	uint64_t lines = tail_set_counts(tail->set)->lines;
	int64_t now = now_of(tail), due;
	int r;

	if (tail->stopped)
		return 0;
	tail_set_counts(tail->set)->wakeups++;
	if (tail->poll_due) {
		path_watch_update(tail->watch);
		tail_set_poll(tail->set, now);
		tail->poll_due = false;
	}
	r = read_batch(tail, now);
	if (r < 0)
		return stop(tail, r);
	if (r > 0)
		r = arm(tail->more, now);
	if (r < 0)
		return stop(tail, r);
	if (lines != tail_set_counts(tail->set)->lines && tail->events.batch)
		tail->events.batch(tail->events.context);
	due = tail_set_due(tail->set);
	if (due < now + POLL_EVERY) {
		r = arm(tail->tick, due > now ? due : now + GATHER);
		if (r < 0)
			return stop(tail, r);
	}
	return lines != tail_set_counts(tail->set)->lines;
}

static void on_file(void *context, int number, uint32_t mask)
{
	struct tail *tail = context;

	if (tail_set_event(tail->set, number, mask))
		tail->poll_due = true;
}

static int wake(struct tail *tail)
{
	if (path_watch_read(tail->watch, on_file, tail))
		tail->poll_due = true;
	return read_lines(tail);
}

/* Counts wakeups; at a high rate, turns to gathering. */
static int count_wakeup(struct tail *tail, int64_t now)
{
	if (now - tail->since >= RATE_SPAN) {
		tail->since = now;
		tail->woken = 0;
	}
	if (++tail->woken < RATE_WAKEUPS)
		return 0;
	tail->gathering = true;
	tail->woken = tail->idle = 0;
	sd_event_source_set_enabled(tail->io, SD_EVENT_OFF);
	return arm(tail->gather, now + GATHER);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct tail *tail = userdata;
	int r = wake(tail);

	(void)source, (void)fd, (void)revents;
	if (r < 0 || tail->stopped)
		return r;
	return count_wakeup(tail, now_of(tail));
}

static int on_gather(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct tail *tail = userdata;
	int r = wake(tail);

	(void)source, (void)usec;
	if (r < 0 || tail->stopped)
		return r;
	tail->idle += r == 0;
	if (++tail->woken == GATHER_ROUND) {
		bool slow = tail->idle >= GATHER_IDLE;

		tail->woken = tail->idle = 0;
		if (slow) {
			tail->gathering = false;
			return sd_event_source_set_enabled(tail->io, SD_EVENT_ON);
		}
	}
	return arm(tail->gather, now_of(tail) + GATHER);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct tail *tail = userdata;
	int r;

	(void)usec;
	tail->poll_due = true; /* inotify does not report mounts, or writes by other hosts */
	r = arm(source, now_of(tail) + POLL_EVERY);
	if (r < 0)
		return r;
	r = read_lines(tail);
	return r < 0 ? r : 0;
}

static int on_more(sd_event_source *source, uint64_t usec, void *userdata)
{
	int r = read_lines(userdata);

	(void)source, (void)usec;
	return r < 0 ? r : 0;
}

static int add_sources(struct tail *tail)
{
	sd_event *event = tail->event;
	uint64_t at = (uint64_t)(now_of(tail) + POLL_EVERY);
	int r = 0, fd = path_watch_fd(tail->watch);

	if (fd >= 0)
		r = sd_event_add_io(event, &tail->io, fd, EPOLLIN, on_io, tail);
	if (r >= 0)
		r = sd_event_add_time(event, &tail->tick, CLOCK_MONOTONIC, at, 50000, on_tick,
				      tail);
	if (r >= 0)
		r = sd_event_add_time(event, &tail->gather, CLOCK_MONOTONIC, at, 1, on_gather,
				      tail);
	if (r >= 0)
		r = sd_event_source_set_enabled(tail->gather, SD_EVENT_OFF);
	/* At once, for what exists already. A timer: a defer source that re-enables itself is served before all others. */
	if (r >= 0)
		r = sd_event_add_time(event, &tail->more, CLOCK_MONOTONIC, 0, 1, on_more, tail);
	return r < 0 ? r : 0;
}

int tail_new(struct tail **out, sd_event *event, const char *path, const struct tail_place *from,
	     const struct tail_events *events)
{
	struct tail *tail = calloc(1, sizeof(*tail));
	int r = -ENOMEM;

	if (!tail)
		return r;
	tail->event = sd_event_ref(event);
	tail->events = *events;
	tail->path = strdup(path);
	if (tail->path)
		r = path_watch_new(&tail->watch, path);
	if (r == 0) {
		path_watch_update(tail->watch);
		r = tail_set_new(&tail->set, tail->path, tail->watch, from, &tail->events,
				 now_of(tail));
	}
	if (r == 0)
		r = add_sources(tail);
	if (r < 0) {
		tail_free(tail);
		return r;
	}
	*out = tail;
	return 0;
}

void tail_free(struct tail *tail)
{
	if (!tail)
		return;
	sd_event_source_disable_unref(tail->io);
	sd_event_source_disable_unref(tail->tick);
	sd_event_source_disable_unref(tail->more);
	sd_event_source_disable_unref(tail->gather);
	tail_set_free(tail->set);
	path_watch_free(tail->watch);
	sd_event_unref(tail->event);
	free(tail->path);
	free(tail);
}

struct tail_place tail_place(const struct tail *tail)
{
	return tail_set_place(tail->set);
}

bool tail_reads(const struct tail *tail, struct tail_place *file)
{
	return tail_set_reads(tail->set, file);
}

void tail_poll(struct tail *tail)
{
	tail_set_poll(tail->set, now_of(tail));
}

bool tail_has(const char *path, const struct tail_place *place)
{
	bool packed;
	int fd = rotation_open(path, place, &packed);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int tail_error(const struct tail *tail)
{
	return tail_set_error(tail->set);
}

uint64_t tail_lag(const struct tail *tail)
{
	return tail_set_lag(tail->set);
}

struct tail_counts tail_counts(const struct tail *tail)
{
	return *tail_set_counts(tail->set);
}
