/* SPDX-License-Identifier: MIT */
#include "daemon/daemon.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "cmd/cmd.h"
#include "enforcement.h"
#include "health.h"
#include "restore.h"
#include "setup.h"
#include "sources.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/steady_clock.h"
#include "util/units.h"

enum {
	CHECKPOINT = 60,   /* seconds; less where no jail looks back that far */
	STATUS_EVERY = 10, /* seconds */
	SPARED_A_TURN = 300,
	SPARED_PAUSE = 20,  /* milliseconds, at the end */
	PATIENCE = 5,	    /* seconds for the ledger, at the end and for a new source */
	LONG_PAUSE = 10000, /* microseconds */
	LATE = 1000000, /* microseconds that a line may take from its time to us; journald needs 0.3 s */
};

int64_t daemon_now(void)
{
	return steady_now();
}

bool daemon_is_dry(const struct daemon *daemon)
{
	return daemon->options.dry_run || daemon->config->dry_run;
}

uint32_t daemon_jail(const struct daemon *daemon, struct span name)
{
	for (uint32_t j = 0; j < daemon->jails_n; j++)
		if (span_equal(span_of(daemon->jails[j].name), name))
			return j;
	return UINT32_MAX;
}

static bool spared_wait(const struct daemon *daemon)
{
	const struct spare *spare = engine_spare(daemon->engine);

	return spare && spare_waits(spare);
}

/* Some of those who have delivered; the rest at the next turn. */
static void save_spared(struct daemon *daemon)
{
	struct spare *spare = engine_spare(daemon->engine);
	struct spare_client client;

	for (int i = 0; spare && i < SPARED_A_TURN && spare_unsaved(spare, &client); i++) {
		int64_t last = client.times[client.n - 1];

		if (ledger_spare(daemon->ledger, &client, last + daemon->config->spare.within) == 0)
			continue;
		spare_unsave(spare, &client.prefix);
		return;
	}
}

int64_t daemon_findtime(const struct daemon *daemon)
{
	int64_t longest = 0;

	for (uint32_t j = 0; j < daemon->jails_n; j++)
		if (daemon->jails[j].rule.findtime > longest)
			longest = daemon->jails[j].rule.findtime;
	return longest;
}

void daemon_turn(struct daemon *daemon, int64_t now)
{
	int64_t findtime = daemon_findtime(daemon);
	int64_t every = CHECKPOINT * UNITS_SECOND;

	if (findtime < every)
		every = findtime;
	daemon->turned = now;
	daemon->untold = 0;

	for (size_t i = 0; i < daemon->feeds_n; i++) {
		struct feed *feed = daemon->feeds[i];
		int64_t time = engine_last(daemon->engine);
		struct ledger_mark mark;

		feed_settle(feed);
		if (feed->filling || !feed_mark(feed, &mark))
			continue;
		if (time == 0) /* nothing was read yet */
			time = feed->begun;
		ledger_place(daemon->ledger, time, &mark);
		if (time - feed->checkpoint < every)
			continue;
		if (ledger_checkpoint(daemon->ledger, time, &mark) == 0)
			feed->checkpoint = time;
	}
	save_spared(daemon);
	ledger_turn(daemon->ledger, now);
}

static void committed(struct daemon *daemon)
{
	ledger_resync_event(daemon);
	answers_committed(daemon, ledger_committed(daemon->ledger));
}

void daemon_commit(struct daemon *daemon)
{
	int64_t end = daemon_now() + PATIENCE * UNITS_SECOND, left;
	uint64_t ticket;

	daemon_turn(daemon, daemon_now());
	ticket = ledger_commit(daemon->ledger);
	while (ledger_committed(daemon->ledger) < ticket && (left = end - daemon_now()) > 0) {
		struct pollfd wait = { .fd = ledger_fd(daemon->ledger), .events = POLLIN };

		if (poll(&wait, 1, (int)(left / 1000) + 1) > 0)
			ledger_dispatch(daemon->ledger);
	}
	committed(daemon);
}

/*
 * Where a source begins whose place nobody knew is on the disk before anybody relies on us: killed in our first second, we
 * would begin behind the lines of that second.
 */
static void save_beginning(struct daemon *daemon)
{
	bool wanted = false;

	for (size_t i = 0; i < daemon->feeds_n; i++)
		wanted |= daemon->feeds[i]->is_new;
	if (daemon->ledger && wanted)
		daemon_commit(daemon);
}

/*
 * Up to where bans may end. Their end is in the log's time, and a line from before it may still be on its way; or wait for us,
 * after a restart or a reload. Its hits are of a client under a ban, as they are for who reads the log later. (The
 * kernel lets the client in at the ban's end all the same.)
 */
static int64_t settled(struct daemon *daemon, int64_t now)
{
	for (size_t i = 0; i < daemon->feeds_n; i++)
		if (feed_behind(daemon->feeds[i]))
			return engine_last(daemon->engine);
	engine_settle(daemon->engine);
	return now - LATE;
}

/*
 * Bans at once; a place alone once a second, for the ledger does not write more often, and what is read again because a place
 * is a second old is no harm. Returns when it wants to be asked again.
 */
static int64_t save_places(struct daemon *daemon, int64_t now)
{
	int64_t due = daemon->turned + UNITS_SECOND;

	if (!daemon->ledger)
		return INT64_MAX;
	if (daemon->untold == 0 && now < due && now >= daemon->turned)
		return due;
	daemon_turn(daemon, now);
	return spared_wait(daemon) ? now + UNITS_SECOND : INT64_MAX;
}

/* At the end: after a first start there may be many. */
static void save_all_spared(struct daemon *daemon)
{
	int64_t end = daemon_now() + PATIENCE * UNITS_SECOND;

	while (daemon->ledger && daemon->engine && spared_wait(daemon) && daemon_now() < end) {
		save_spared(daemon);
		ledger_turn(daemon->ledger, daemon_now());
		ledger_commit(daemon->ledger);
		poll(NULL, 0, SPARED_PAUSE);
	}
}

static int64_t run_blockers(struct daemon *daemon, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < daemon->blockers_n; i++) {
		int64_t wanted = block_list_run(daemon->blocked[i], now);

		if (wanted < next)
			next = wanted;
	}
	return next;
}

static void tell_status(struct daemon *daemon, int64_t now)
{
	double seconds = (double)(now - daemon->told_status) / (double)UNITS_SECOND;
	struct engine_counts counts;

	if (seconds < STATUS_EVERY && daemon->told)
		return;
	counts = engine_counts(daemon->engine);
	daemon->told = true;
	daemon->lines_per_second =
		seconds > 0 ? (double)(counts.lines - daemon->lines_then) / seconds : 0;
	daemon->lines_then = counts.lines;
	daemon->told_status = now;
	health_tell(daemon);
	sd_notifyf(0, "STATUS=%llu lines, %llu hits, %u bans in force%s",
		   (unsigned long long)counts.lines, (unsigned long long)counts.hits,
		   bans_count(engine_bans(daemon->engine)),
		   daemon_is_dry(daemon) ? ", dry run" : "");
}

static void tell_step(struct daemon *daemon)
{
	int64_t step = steady_ahead() - daemon->ahead;

	if (llabs(step) < UNITS_SECOND)
		return;
	log_print(LOG_NOTICE,
		  "the clock was set %lld s %s: bans and windows go on at their own pace",
		  llabs(step) / UNITS_SECOND, step > 0 ? "ahead" : "back");
	daemon->ahead += step;
}

void daemon_act(struct daemon *daemon)
{
	int64_t now = daemon_now(), next, end, save, busy;

	tell_step(daemon);
	engine_advance(daemon->engine, settled(daemon, now));
	busy = load_run(&daemon->pressure, daemon, now);
	next = run_blockers(daemon, now);
	/* behind the blockers: who is cut before it is blocked is back at once */
	end = cut_control_run(daemon, now);
	if (end < next)
		next = end;
	enforce_log(daemon);
	save = save_places(daemon, now);
	if (busy < next)
		next = busy;
	tell_status(daemon, now);
	end = engine_next(daemon->engine);
	if (end < next - LATE)
		next = end + LATE;
	if (save < next)
		next = save;
	if (next > now + STATUS_EVERY * UNITS_SECOND)
		next = now + STATUS_EVERY * UNITS_SECOND;
	if (next < now + 1000)
		next = now + 1000;
	sd_event_source_set_time(daemon->timer, steady_boot(next));
	sd_event_source_set_enabled(daemon->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	daemon_act(context);
	return 0;
}

static int on_ledger(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct daemon *daemon = context;

	(void)source;
	(void)fd;
	(void)events;
	ledger_dispatch(daemon->ledger);
	committed(daemon);
	return 0;
}

static void log_problem(void *context, bool is_warning, const char *text)
{
	log_heard(context, is_warning ? LOG_WARNING : LOG_ERR, text);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct diagnostics *problems = NULL;
	int r = diagnostics_new(&problems);

	(void)source;
	(void)info;
	if (r == 0)
		r = daemon_reload(context, problems);
	if (problems)
		diagnostics_each(problems, log_problem, NULL);
	if (r < 0)
		log_note(LOG_ERR, "the configuration is wrong, the old one stays in force");
	diagnostics_free(problems);
	return 0;
}

static int make_loop(struct daemon *daemon)
{
	sigset_t signals;
	int r;

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
		r = sd_event_add_signal(daemon->event, NULL, SIGHUP, on_reload, daemon);
	if (r >= 0)
		r = sd_event_add_time(daemon->event, &daemon->timer, CLOCK_BOOTTIME, 0, 1000,
				      on_timer, daemon);
	if (r >= 0)
		r = sd_event_set_watchdog(daemon->event, true);
	return r < 0 ? r : 0;
}

static void daemon_end(struct daemon *daemon)
{
	answers_end(daemon);
	save_all_spared(daemon);
	ledger_resync_drop(&daemon->offer);
	control_free(daemon->control);
	sources_end(daemon);
	setup_drop_blockers(daemon);
	cut_control_stop(daemon->cutting);
	sd_event_source_unref(daemon->ledger_watch);
	ledger_close(daemon->ledger, PATIENCE * UNITS_SECOND);
	sd_event_source_unref(daemon->timer);
	sd_event_unref(daemon->event);
	engine_free(daemon->engine);
	client_stats_free(daemon->tally);
	recent_lines_free(daemon->evidence);
	ignore_ip_free(daemon->ignore);
	free(daemon->jails);
	config_free(daemon->config);
	free(daemon->ledger_path);
	free(daemon->control_path);
}

static int daemon_start(struct daemon *daemon)
{
	int r = getrandom(&daemon->seed, sizeof(daemon->seed), 0) == sizeof(daemon->seed) ? 0
											  : -EIO;

	daemon->started = daemon->told_status = daemon_now();
	if (r == 0)
		r = make_loop(daemon);
	if (r == 0)
		r = recent_lines_new(&daemon->evidence, &daemon->seed);
	if (r == 0)
		r = setup_engine(daemon);
	if (r == 0)
		r = setup_blockers(daemon);
	if (r == 0)
		r = cut_control_start(daemon);
	if (r == 0)
		r = setup_ledger(daemon);
	if (r == 0 && daemon->ledger)
		r = sd_event_add_io(daemon->event, &daemon->ledger_watch, ledger_fd(daemon->ledger),
				    EPOLLIN, on_ledger, daemon);
	if (r >= 0)
		r = restore_start(daemon);
	if (r == 0)
		r = sources_start(daemon);
	if (r == 0)
		r = setup_control(daemon);
	return r;
}

/* One source's turn; nobody else is served meanwhile. */
static int dispatch(struct daemon *daemon)
{
	int64_t wall = clock_read(CLOCK_MONOTONIC), cpu = clock_read(CLOCK_THREAD_CPUTIME_ID);
	int r = sd_event_dispatch(daemon->event);
	struct daemon_pause *pause = &daemon->pause;

	cpu = clock_read(CLOCK_THREAD_CPUTIME_ID) - cpu;
	wall = clock_read(CLOCK_MONOTONIC) - wall;
	if (cpu > pause->cpu)
		pause->cpu = cpu;
	if (wall > pause->wall)
		pause->wall = wall;
	pause->long_ones += wall > LONG_PAUSE;
	return r;
}

/* As sd_event_loop(). */
static int run_loop(struct daemon *daemon)
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

int daemon_main(const struct daemon_options *options)
{
	struct daemon daemon = { .options = *options };
	int r = cmd_config(&daemon.config, options->config_path);

	if (r != EXIT_DONE)
		return r;
	setvbuf(stderr, NULL, _IOLBF,
		BUFSIZ); /* a line is one write(), not one for each character */
	r = daemon_start(&daemon);
	if (r == 0) {
		daemon_act(&daemon);
		save_beginning(&daemon);
		sd_notify(0, "READY=1");
		r = run_loop(&daemon);
		sd_notify(0, "STOPPING=1");
		daemon_act(&daemon);
		if (daemon.ledger)
			daemon_turn(&daemon, daemon_now());
	} else {
		log_print(LOG_ERR, "not started: %s", strerror(-r));
	}
	daemon_end(&daemon);
	return r < 0 ? EXIT_ENVIRONMENT : EXIT_DONE;
}
