/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "daemon_state.h"
#include "util/clock.h"

struct loop {
	struct loop_pauses pauses;
};

int loop_start(struct daemon *daemon)
{
	sigset_t signals;
	int r;

	daemon->loop = calloc(1, sizeof(*daemon->loop));
	if (!daemon->loop)
		return -ENOMEM;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	r = sd_event_default(&daemon->event);
	if (r >= 0)
		r = sd_event_add_signal(daemon->event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(daemon->event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_set_watchdog(daemon->event, true);
	return r < 0 ? r : 0;
}

void loop_free(struct loop *loop)
{
	free(loop);
}

static int dispatch(struct daemon *daemon)
{
	int64_t wall = clock_read(CLOCK_MONOTONIC), cpu = clock_read(CLOCK_THREAD_CPUTIME_ID);
	int r = sd_event_dispatch(daemon->event);
	struct loop_pauses *pauses = &daemon->loop->pauses;

	cpu = clock_read(CLOCK_THREAD_CPUTIME_ID) - cpu;
	wall = clock_read(CLOCK_MONOTONIC) - wall;
	if (cpu > pauses->cpu)
		pauses->cpu = cpu;
	if (wall > pauses->wall)
		pauses->wall = wall;
	pauses->long_ones += wall > LOOP_LONG_PAUSE;
	return r;
}

int loop_run(struct daemon *daemon)
{
	int r = 0, code = 0;

	while (r >= 0 && sd_event_get_state(daemon->event) != SD_EVENT_FINISHED) {
		r = sd_event_prepare(daemon->event);
		if (r == 0)
			r = sd_event_wait(daemon->event, UINT64_MAX);
		if (r > 0)
			r = dispatch(daemon);
	}
	if (r >= 0)
		r = sd_event_get_exit_code(daemon->event, &code);
	return r < 0 ? r : code;
}

struct loop_pauses loop_pauses(const struct loop *loop)
{
	return loop->pauses;
}
