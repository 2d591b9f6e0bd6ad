/* SPDX-License-Identifier: MIT */
/*
 * tail_world: a temporary directory with a log, an event loop, and the lines that a tail delivered.
 *
 * Its clock runs with the machine's and jumps to the next timer when the loop is idle, so that
 * waiting a second takes some milliseconds and a slow machine is never late. For this it replaces
 * clock_gettime(), timerfd_settime() (which sd-event calls, too) and fstat(), which returns times
 * of the same clock.
 */
#ifndef RELAYDAM_TESTS_TAIL_WORLD_H
#define RELAYDAM_TESTS_TAIL_WORLD_H

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "source/tail.h"

enum {
	WORLD_PATH = 128,
	WORLD_KEPT = 4096,
	WORLD_JUMPS = 8192,
	WORLD_TIMERS = 8,
	WORLD_SHORT = 8000, /* microseconds; shorter waits are not skipped */
};

/* ---- the clock; nanoseconds ---- */

static struct {
	int64_t ahead; /* how far it is ahead of the machine's clocks */
	struct {
		int64_t at, ahead; /* by the machine's wall clock; from then on */
	} jumps[WORLD_JUMPS];
	size_t jumps_n;
	struct {
		int fd;
		int64_t due; /* 0: not armed */
	} timers[WORLD_TIMERS];
} world_clock;

static inline int64_t world_ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline struct timespec world_timespec(int64_t ns)
{
	return (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

static inline int64_t world_machine(clockid_t clock)
{
	struct timespec t;

	syscall(SYS_clock_gettime, clock, &t);
	return world_ns(t);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int64_t ns = world_machine(clock);

	if (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME)
		ns += world_clock.ahead;
	*now = world_timespec(ns);
	return 0;
}

static inline int world_arm(int fd, int64_t due)
{
	int64_t at = due - world_clock.ahead;
	struct itimerspec timer = { .it_value = world_timespec(at > 0 ? at : 1) };

	return (int)syscall(SYS_timerfd_settime, fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

int timerfd_settime(int fd, int flags, const struct itimerspec *timer, struct itimerspec *old)
{
	int64_t due = world_ns(timer->it_value);
	size_t at = WORLD_TIMERS;

	for (size_t i = 0; i < WORLD_TIMERS; i++)
		if (world_clock.timers[i].fd == fd ||
		    (at == WORLD_TIMERS && world_clock.timers[i].due == 0))
			at = i;
	assert_true(at < WORLD_TIMERS && !old);
	world_clock.timers[at].fd = fd;
	world_clock.timers[at].due = due;
	if (due == 0)
		return (int)syscall(SYS_timerfd_settime, fd, flags, timer, NULL);
	assert_int_equal(flags, TFD_TIMER_ABSTIME);
	return world_arm(fd, due);
}

int fstat(int fd, struct stat *st)
{
	size_t i = world_clock.jumps_n;
	int64_t at;

	if (fstatat(fd, "", st, AT_EMPTY_PATH) < 0)
		return -1;
	at = world_ns(st->st_mtim);
	while (i > 0 && world_clock.jumps[i - 1].at >= at)
		i--;
	st->st_mtim = world_timespec(at + (i > 0 ? world_clock.jumps[i - 1].ahead : 0));
	return 0;
}

static inline int64_t world_now(void) /* microseconds */
{
	return (world_machine(CLOCK_MONOTONIC) + world_clock.ahead) / 1000;
}

/* Waits until the coarse clock of the file system's time stamps has advanced. */
static inline void next_stamp(void)
{
	int64_t before = world_machine(CLOCK_REALTIME_COARSE);

	while (world_machine(CLOCK_REALTIME_COARSE) == before)
		usleep(200);
}

/* Call when the loop is idle: jumps to its next timer, or to `until`. */
static inline void world_jump(int64_t until)
{
	int64_t now = world_machine(CLOCK_MONOTONIC) + world_clock.ahead, to = until * 1000;

	for (size_t i = 0; i < WORLD_TIMERS; i++)
		if (world_clock.timers[i].due > now && world_clock.timers[i].due < to)
			to = world_clock.timers[i].due;
	if (to <= now)
		return;
	assert_true(world_clock.jumps_n < WORLD_JUMPS);
	world_clock.ahead += to - now;
	world_clock.jumps[world_clock.jumps_n].at = world_machine(CLOCK_REALTIME_COARSE);
	world_clock.jumps[world_clock.jumps_n++].ahead = world_clock.ahead;
	next_stamp();
	for (size_t i = 0; i < WORLD_TIMERS; i++)
		if (world_clock.timers[i].due > 0)
			world_arm(world_clock.timers[i].fd, world_clock.timers[i].due);
}

/* ---- the world ---- */

struct world {
	char dir[WORLD_PATH], log[WORLD_PATH];
	sd_event *event;
	struct tail *follow;
	size_t n, turns, notes;
	char *lines[WORLD_KEPT]; /* with NUL shown as '0' */
	size_t lengths[WORLD_KEPT];
	char last_note[512];
	size_t fail_at; /* line() returns -ECANCELED there; 0: never */
	struct tail_place end;
	const char *(*taken)(void *context, struct tail_place *file);
};

static inline int world_line(void *context, struct span line, const struct tail_place *end)
{
	struct world *w = context;
	size_t at = w->n++;

	assert_true(at < WORLD_KEPT);
	w->lines[at] = malloc(line.n + 1);
	for (size_t i = 0; i < line.n; i++)
		w->lines[at][i] = (char)(line.p[i] ? line.p[i] : '0');
	w->lines[at][line.n] = '\0';
	w->lengths[at] = line.n;
	w->end = *end;
	return w->fail_at && w->n == w->fail_at ? -ECANCELED : 0;
}

static inline void world_turn(void *context)
{
	((struct world *)context)->turns++;
}

static inline void world_note(void *context, int priority, const char *text)
{
	struct world *w = context;

	(void)priority;
	w->notes++;
	snprintf(w->last_note, sizeof(w->last_note), "%s", text);
	print_message("note: %s\n", strrchr(text, '/') ? strrchr(text, '/') + 1 : text);
}

static inline const char *world_path(const struct world *w, const char *name)
{
	static char paths[4][2 * WORLD_PATH];
	static unsigned at;
	char *path = paths[at++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", w->dir, name);
	return path;
}

static inline void world_follow(struct world *w, const char *path, const struct tail_place *from)
{
	struct tail_events events = { .context = w,
				      .line = world_line,
				      .batch = world_turn,
				      .note = world_note,
				      .taken = w->taken };

	assert_int_equal(tail_new(&w->follow, w->event, path, from, &events), 0);
}

static inline void world_unfollow(struct world *w)
{
	tail_free(w->follow);
	w->follow = NULL;
}

static inline void world_open(struct world *w)
{
	memset(w, 0, sizeof(*w));
	snprintf(w->dir, sizeof(w->dir), "/tmp/relaydam-follow-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	assert_int_equal(chmod(w->dir, 0777), 0);
	snprintf(w->log, sizeof(w->log), "%.100s/mail.log", w->dir);
	assert_true(sd_event_new(&w->event) >= 0);
}

static inline void world_forget(struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->lines[i]);
	w->n = 0;
}

static inline void world_close(struct world *w)
{
	char command[WORLD_PATH + 16];

	tail_free(w->follow);
	sd_event_unref(w->event);
	world_forget(w);
	snprintf(command, sizeof(command), "rm -rf '%s'", w->dir);
	assert_int_equal(system(command), 0);
}

/* Runs the loop until n lines have come; fails after ten seconds. */
static inline void world_lines(struct world *w, size_t n)
{
	int64_t until = world_now() + 10 * 1000000;

	while (w->n < n && world_now() < until) {
		int ran = sd_event_run(w->event, 0);

		assert_true(ran >= 0);
		if (ran == 0)
			world_jump(until);
	}
	assert_int_equal(w->n, n);
}

/* Runs the loop for a while. */
static inline void world_run(struct world *w, int64_t us)
{
	int64_t until = world_now() + us;

	while (world_now() < until) {
		int ran = sd_event_run(w->event, us < WORLD_SHORT ? (uint64_t)us : 0);

		assert_true(ran >= 0);
		if (ran == 0 && us >= WORLD_SHORT)
			world_jump(until);
	}
}

static inline void world_expect(struct world *w, size_t at, const char *text)
{
	assert_true(at < w->n);
	assert_string_equal(w->lines[at], text);
}

static inline void write_to(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static inline int open_log(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	return fd;
}

static inline void append(const char *path, const char *text)
{
	int fd = open_log(path);

	write_to(fd, text);
	close(fd);
}

static inline void copy_log(const char *from, const char *to)
{
	static char block[65536];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, block, sizeof(block))) > 0)
		assert_int_equal(write(out, block, (size_t)n), n);
	close(in);
	close(out);
}

#endif
