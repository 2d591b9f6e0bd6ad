/* SPDX-License-Identifier: MIT */
#include "checkpoint.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "daemon_state.h"
#include "ledger_resync.h"
#include "ledger_wait.h"
#include "policy.h"
#include "source_feed.h"
#include "util/units.h"

enum {
	CHECKPOINT = 60, /* seconds; less where no jail looks back that far */
	SENDERS_A_SAVE = 300,
	SENDERS_PAUSE = 20, /* milliseconds, at the end */
	WAIT_MOST = 5,	    /* seconds for the ledger */
};

struct checkpoint {
	int64_t saved;	  /* time of the last checkpoint_save() */
	unsigned unsaved; /* bans and ends since then */
};

int checkpoint_new(struct checkpoint **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void checkpoint_free(struct checkpoint *checkpoint)
{
	free(checkpoint);
}

void checkpoint_count(struct checkpoint *checkpoint)
{
	checkpoint->unsaved++;
}

unsigned checkpoint_unsaved(const struct checkpoint *checkpoint)
{
	return checkpoint->unsaved;
}

static bool senders_wait(const struct daemon *daemon)
{
	const struct spare *spare = engine_spare(daemon->policy->engine);

	return spare && spare_waits(spare);
}

/* Some of the known senders; the rest at the next call. */
static void save_senders(struct daemon *daemon)
{
	struct spare *spare = engine_spare(daemon->policy->engine);
	int64_t within = daemon->policy->config->spare.within;
	struct spare_client client;

	for (int i = 0; spare && i < SENDERS_A_SAVE && spare_unsaved(spare, &client); i++) {
		if (ledger_spare(daemon->ledger, &client, client.times[client.n - 1] + within) == 0)
			continue;
		spare_unsave(spare, &client.prefix);
		return;
	}
}

static void save_place(struct daemon *daemon, struct feed *feed, int64_t every)
{
	int64_t time = engine_last(daemon->policy->engine);
	struct ledger_mark mark;

	feed_settle(feed);
	if (feed->filling || !feed_mark(feed, &mark))
		return;
	if (time == 0) /* nothing was read yet */
		time = feed->begun;
	ledger_place(daemon->ledger, time, &mark);
	if (time - feed->checkpoint >= every && ledger_checkpoint(daemon->ledger, time, &mark) == 0)
		feed->checkpoint = time;
}

void checkpoint_save(struct daemon *daemon, int64_t now)
{
	int64_t findtime = policy_findtime(daemon->policy);
	int64_t every = CHECKPOINT * UNITS_SECOND;

	if (findtime < every)
		every = findtime;
	daemon->checkpoint->saved = now;
	daemon->checkpoint->unsaved = 0;
	for (size_t i = 0; i < daemon->feeds_n; i++)
		save_place(daemon, daemon->feeds[i], every);
	save_senders(daemon);
	ledger_turn(daemon->ledger, now);
}

/*
 * A place alone once a second, for the ledger does not write more often; what is read again because a place is a second old does
 * no harm.
 */
int64_t checkpoint_run(struct daemon *daemon, int64_t now)
{
	const struct checkpoint *checkpoint = daemon->checkpoint;
	int64_t due = checkpoint->saved + UNITS_SECOND;

	if (!daemon->ledger)
		return INT64_MAX;
	if (checkpoint->unsaved == 0 && now < due && now >= checkpoint->saved)
		return due;
	checkpoint_save(daemon, now);
	return senders_wait(daemon) ? now + UNITS_SECOND : INT64_MAX;
}

void checkpoint_committed(struct daemon *daemon)
{
	ledger_resync_run(daemon);
	ledger_wait_committed(daemon, ledger_committed(daemon->ledger));
}

void checkpoint_commit(struct daemon *daemon)
{
	int64_t end = daemon_now() + WAIT_MOST * UNITS_SECOND, left;
	uint64_t ticket;

	checkpoint_save(daemon, daemon_now());
	ticket = ledger_commit(daemon->ledger);
	while (ledger_committed(daemon->ledger) < ticket && (left = end - daemon_now()) > 0) {
		struct pollfd wait = { .fd = ledger_fd(daemon->ledger), .events = POLLIN };

		if (poll(&wait, 1, (int)(left / 1000) + 1) > 0)
			ledger_dispatch(daemon->ledger);
	}
	checkpoint_committed(daemon);
}

/*
 * Without it a daemon that is killed in its first second would later skip the lines of that second.
 */
void checkpoint_first(struct daemon *daemon)
{
	bool wanted = false;

	for (size_t i = 0; i < daemon->feeds_n; i++)
		wanted |= daemon->feeds[i]->is_new;
	if (daemon->ledger && wanted)
		checkpoint_commit(daemon);
}

void checkpoint_last(struct daemon *daemon)
{
	int64_t end = daemon_now() + WAIT_MOST * UNITS_SECOND;

	while (daemon->ledger && daemon->policy && senders_wait(daemon) && daemon_now() < end) {
		save_senders(daemon);
		ledger_turn(daemon->ledger, daemon_now());
		ledger_commit(daemon->ledger);
		poll(NULL, 0, SENDERS_PAUSE);
	}
}
