/* SPDX-License-Identifier: MIT */
#include "daemon/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <systemd/sd-daemon.h>

#include "checkpoint.h"
#include "control/control_client.h"
#include "control/control_server.h"
#include "cut_control.h"
#include "daemon_state.h"
#include "enforcement.h"
#include "engine/client_stats.h"
#include "ledger/ledger_path.h"
#include "ledger_resync.h"
#include "ledger_wait.h"
#include "load.h"
#include "loop.h"
#include "policy.h"
#include "recent_lines.h"
#include "reload.h"
#include "request_handlers.h"
#include "restore.h"
#include "sources.h"
#include "tick.h"
#include "util/log.h"
#include "util/units.h"

enum {
	KEEP_DAYS = 90,
	CLOSE_WAIT = 5 * UNITS_SECOND, /* for a disk that fails */
};

static int on_ledger(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct daemon *daemon = context;

	(void)source;
	(void)fd;
	(void)events;
	ledger_dispatch(daemon->ledger);
	checkpoint_committed(daemon);
	return 0;
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	(void)source;
	(void)info;
	reload_on_signal(context);
	return 0;
}

/* With --log a daemon may run where nobody can write a ledger. */
static int start_ledger(struct daemon *daemon)
{
	struct ledger_options options = { .now = daemon_now(),
					  .keep = KEEP_DAYS * INT64_C(86400) * UNITS_SECOND,
					  .keep_checkpoints = policy_findtime(daemon->policy),
					  .note = log_callback };
	int r;

	daemon->ledger_path = ledger_path(daemon->policy->config->state_dir);
	if (!daemon->ledger_path)
		return -ENOMEM;
	r = ledger_open(&daemon->ledger, daemon->ledger_path, &options);
	if (r < 0 && daemon->options.log) {
		log_print(LOG_WARNING, "%s: no ledger; bans are forgotten at the end",
			  daemon->ledger_path);
		return 0;
	}
	if (r == 0)
		r = sd_event_add_io(daemon->event, &daemon->ledger_watch, ledger_fd(daemon->ledger),
				    EPOLLIN, on_ledger, daemon);
	return r < 0 ? r : 0;
}

static int start_control(struct daemon *daemon)
{
	struct control_handler handler = { .handle = request_handle,
					   .note = log_callback,
					   .context = daemon };
	int r;

	daemon->control_path = control_path(daemon->policy->config->runtime_dir);
	if (!daemon->control_path)
		return -ENOMEM;
	r = control_new(&daemon->control, daemon->event, daemon->control_path, &handler);
	return r < 0 && daemon->options.log ? 0 : r;
}

static int make_parts(struct daemon *daemon)
{
	int r = recent_lines_new(&daemon->recent, &daemon->seed);

	if (r == 0)
		r = ban_messages_new(&daemon->messages);
	if (r == 0)
		r = checkpoint_new(&daemon->checkpoint);
	if (r == 0)
		r = load_new(&daemon->load);
	if (r == 0)
		r = tick_start(daemon);
	if (r == 0)
		r = sd_event_add_signal(daemon->event, NULL, SIGHUP, on_hangup, daemon);
	return r < 0 ? r : 0;
}

static int make_policy(struct daemon *daemon, struct config *config)
{
	const struct policy_options options = { .dry_run = daemon->options.dry_run,
						.seed = &daemon->seed,
						.events = enforce_events(daemon) };
	int r = policy_new(&daemon->policy, config, &options);

	if (r == 0)
		r = client_stats_new(&daemon->stats, filters_rules(daemon->policy->config->filters),
				     daemon->policy->jails_n, &daemon->seed);
	if (r == 0)
		r = policy_open_blockers(daemon->policy, &daemon->seed, daemon_now());
	return r;
}

/* The ledger's bans come before the first log line. The socket comes last: a request finds everything in place. */
static int start(struct daemon *daemon, struct config *config)
{
	int r;

	daemon->started = daemon_now();
	r = getrandom(&daemon->seed, sizeof(daemon->seed), 0) == sizeof(daemon->seed) ? 0 : -EIO;
	if (r == 0)
		r = loop_start(daemon);
	if (r == 0)
		r = make_parts(daemon);
	if (r < 0) {
		config_free(config);
		return r;
	}
	r = make_policy(daemon, config);
	if (r == 0)
		r = cut_control_start(daemon);
	if (r == 0)
		r = start_ledger(daemon);
	if (r == 0)
		r = restore_start(daemon);
	if (r == 0)
		r = sources_start(daemon);
	if (r == 0)
		r = start_control(daemon);
	return r;
}

static void end(struct daemon *daemon)
{
	ledger_wait_end(daemon);
	checkpoint_last(daemon);
	ledger_resync_drop(daemon);
	control_free(daemon->control);
	sources_end(daemon);
	cut_control_stop(daemon->cuts);
	sd_event_source_unref(daemon->ledger_watch);
	ledger_close(daemon->ledger, CLOSE_WAIT);
	policy_free(daemon->policy);
	tick_free(daemon->tick);
	sd_event_unref(daemon->event);
	loop_free(daemon->loop);
	load_free(daemon->load);
	checkpoint_free(daemon->checkpoint);
	ban_messages_free(daemon->messages);
	client_stats_free(daemon->stats);
	recent_lines_free(daemon->recent);
	free(daemon->ledger_path);
	free(daemon->control_path);
}

static int run_until_signal(struct daemon *daemon)
{
	int r;

	tick(daemon);
	checkpoint_first(daemon);
	sd_notify(0, "READY=1");
	r = loop_run(daemon);
	if (r < 0)
		log_print(LOG_ERR, "the event loop failed, the daemon ends: %s", strerror(-r));
	sd_notify(0, "STOPPING=1");
	tick(daemon);
	if (daemon->ledger)
		checkpoint_save(daemon, daemon_now());
	return r;
}

int daemon_run(const struct daemon_options *options, struct config *config)
{
	struct daemon daemon = { .options = *options };
	int r;

	setvbuf(stderr, NULL, _IOLBF, BUFSIZ); /* a line is one write() */
	r = start(&daemon, config);
	if (r < 0)
		log_print(LOG_ERR, "not started: %s", strerror(-r));
	else
		r = run_until_signal(&daemon);
	end(&daemon);
	return r < 0 ? r : 0;
}
