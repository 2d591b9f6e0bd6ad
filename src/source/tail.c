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

enum {
	TURN = 3000, /* microseconds, then the loop serves others */
	LOOK_EVERY = 1000000,
	/* 40 wakeups within 10 ms, and lines gather for 1 ms at a time, until 5 of 10 of these brought nothing. */
	RATE_SPAN = 10000,
	RATE_WAKEUPS = 40,
	REST = 1000,
	REST_ROUND = 10,
	REST_IDLE = 5,
};

struct tail {
	sd_event *event;
	char *path;
	struct tail_events on;
	struct path_watch *watch;
	struct tail_set *chain;
	sd_event_source *io, *tick, *more, *rest;
	bool look, stopped;
	bool resting;
	int64_t since; /* of the span in which wakeups are counted */
	unsigned woken, idle;
};

static int64_t now_of(const struct tail *follow)
{
	uint64_t now = 0;

	sd_event_now(follow->event, CLOCK_MONOTONIC, &now);
	return (int64_t)now;
}

static int stop(struct tail *follow, int r)
{
	follow->stopped = true;
	sd_event_source_set_enabled(follow->io, SD_EVENT_OFF);
	sd_event_source_set_enabled(follow->tick, SD_EVENT_OFF);
	sd_event_source_set_enabled(follow->rest, SD_EVENT_OFF);
	sd_event_source_set_enabled(follow->more, SD_EVENT_OFF);
	return sd_event_exit(follow->event, r);
}

static int arm(sd_event_source *timer, int64_t at)
{
	int r = sd_event_source_set_time(timer, (uint64_t)at);

	return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

/* Blocks, one at least, for the time of a turn. Returns 1 when there is more, 0, or < 0. */
static int read_turn(struct tail *follow, int64_t now)
{
	int64_t end = clock_read(CLOCK_MONOTONIC) + TURN;
	int r;

	do
		r = tail_set_read(follow->chain, now, LINE_BUFFER_BLOCK);
	while (r > 0 && clock_read(CLOCK_MONOTONIC) < end);
	return r;
}

/* Reads what is there. Returns whether lines came, or < 0. */
static int run(struct tail *follow)
{
	uint64_t lines = tail_set_counts(follow->chain)->lines;
	int64_t now = now_of(follow), due;
	int r;

	if (follow->stopped)
		return 0;
	tail_set_counts(follow->chain)->wakeups++;
	if (follow->look) {
		path_watch_walk(follow->watch);
		tail_set_look(follow->chain, now);
		follow->look = false;
	}
	r = read_turn(follow, now);
	if (r < 0)
		return stop(follow, r);
	if (r > 0)
		r = arm(follow->more, now);
	if (r < 0)
		return stop(follow, r);
	if (lines != tail_set_counts(follow->chain)->lines && follow->on.turn)
		follow->on.turn(follow->on.context);
	due = tail_set_due(follow->chain);
	if (due < now + LOOK_EVERY) {
		r = arm(follow->tick, due > now ? due : now + REST);
		if (r < 0)
			return stop(follow, r);
	}
	return lines != tail_set_counts(follow->chain)->lines;
}

static void on_file(void *context, int number, uint32_t mask)
{
	struct tail *follow = context;

	if (tail_set_event(follow->chain, number, mask))
		follow->look = true;
}

static int wake(struct tail *follow)
{
	if (path_watch_read(follow->watch, on_file, follow))
		follow->look = true;
	return run(follow);
}

/* From single wakeups to rests. */
static int begin_rest(struct tail *follow, int64_t now)
{
	if (now - follow->since >= RATE_SPAN) {
		follow->since = now;
		follow->woken = 0;
	}
	if (++follow->woken < RATE_WAKEUPS)
		return 0;
	follow->resting = true;
	follow->woken = follow->idle = 0;
	sd_event_source_set_enabled(follow->io, SD_EVENT_OFF);
	return arm(follow->rest, now + REST);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct tail *follow = userdata;
	int r = wake(follow);

	(void)source, (void)fd, (void)revents;
	if (r < 0 || follow->stopped)
		return r;
	return begin_rest(follow, now_of(follow));
}

static int on_rest(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct tail *follow = userdata;
	int r = wake(follow);

	(void)source, (void)usec;
	if (r < 0 || follow->stopped)
		return r;
	follow->idle += r == 0;
	if (++follow->woken == REST_ROUND) {
		bool slow = follow->idle >= REST_IDLE;

		follow->woken = follow->idle = 0;
		if (slow) {
			follow->resting = false;
			return sd_event_source_set_enabled(follow->io, SD_EVENT_ON);
		}
	}
	return arm(follow->rest, now_of(follow) + REST);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct tail *follow = userdata;
	int r;

	(void)usec;
	follow->look = true; /* what inotify does not tell: mounts, other machines, a full queue */
	r = arm(source, now_of(follow) + LOOK_EVERY);
	if (r < 0)
		return r;
	r = run(follow);
	return r < 0 ? r : 0;
}

static int on_more(sd_event_source *source, uint64_t usec, void *userdata)
{
	int r = run(userdata);

	(void)source, (void)usec;
	return r < 0 ? r : 0;
}

static int add_sources(struct tail *follow)
{
	sd_event *event = follow->event;
	uint64_t at = (uint64_t)(now_of(follow) + LOOK_EVERY);
	int r = 0, fd = path_watch_fd(follow->watch);

	if (fd >= 0)
		r = sd_event_add_io(event, &follow->io, fd, EPOLLIN, on_io, follow);
	if (r >= 0)
		r = sd_event_add_time(event, &follow->tick, CLOCK_MONOTONIC, at, 50000, on_tick,
				      follow);
	if (r >= 0)
		r = sd_event_add_time(event, &follow->rest, CLOCK_MONOTONIC, at, 1, on_rest,
				      follow);
	if (r >= 0)
		r = sd_event_source_set_enabled(follow->rest, SD_EVENT_OFF);
	/* At once: what is there already. A timer, for a defer source that enables itself goes before all others. */
	if (r >= 0)
		r = sd_event_add_time(event, &follow->more, CLOCK_MONOTONIC, 0, 1, on_more, follow);
	return r < 0 ? r : 0;
}

int tail_new(struct tail **out, sd_event *event, const char *path, const struct tail_place *from,
	     const struct tail_events *events)
{
	struct tail *follow = calloc(1, sizeof(*follow));
	int r = -ENOMEM;

	if (!follow)
		return r;
	follow->event = sd_event_ref(event);
	follow->on = *events;
	follow->path = strdup(path);
	if (follow->path)
		r = path_watch_new(&follow->watch, path);
	if (r == 0) {
		path_watch_walk(follow->watch);
		r = tail_set_new(&follow->chain, follow->path, follow->watch, from, &follow->on,
				 now_of(follow));
	}
	if (r == 0)
		r = add_sources(follow);
	if (r < 0) {
		tail_free(follow);
		return r;
	}
	*out = follow;
	return 0;
}

void tail_free(struct tail *follow)
{
	if (!follow)
		return;
	sd_event_source_disable_unref(follow->io);
	sd_event_source_disable_unref(follow->tick);
	sd_event_source_disable_unref(follow->more);
	sd_event_source_disable_unref(follow->rest);
	tail_set_free(follow->chain);
	path_watch_free(follow->watch);
	sd_event_unref(follow->event);
	free(follow->path);
	free(follow);
}

struct tail_place tail_place(const struct tail *follow)
{
	return tail_set_place(follow->chain);
}

bool tail_reads(const struct tail *follow, struct tail_place *file)
{
	return tail_set_reads(follow->chain, file);
}

void tail_look(struct tail *follow)
{
	tail_set_look(follow->chain, now_of(follow));
}

bool tail_has(const char *path, const struct tail_place *place)
{
	bool packed;
	int fd = rotation_open(path, place, &packed);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int tail_trouble(const struct tail *follow)
{
	return tail_set_trouble(follow->chain);
}

uint64_t tail_lag(const struct tail *follow)
{
	return tail_set_lag(follow->chain);
}

struct tail_counts tail_counts(const struct tail *follow)
{
	return *tail_set_counts(follow->chain);
}
