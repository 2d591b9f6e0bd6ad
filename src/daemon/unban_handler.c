/* SPDX-License-Identifier: MIT */
/*
 * `unban`: ends the bans of a prefix, or all.
 *
 * A ban ends when the ledger has accepted its end, and never before. All ends do not fit into the ledger's queue, so some are
 * handed over at a time, and the loop serves others in between. The answer goes out when the last end is on the disk. Only
 * where the ledger cannot be written the bans end all the same, and the answer says so.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/control_request.h"
#include "daemon_state.h"
#include "engine/engine_bans.h"
#include "json_value.h"
#include "ledger_wait.h"
#include "manual_ban.h"
#include "policy.h"
#include "request_handlers.h"
#include "tick.h"
#include "util/exit_code.h"

enum { BANS_A_STEP = 128 }; /* a quarter of the ledger's queue */

struct unbanning {
	struct ledger_wait wait;
	struct control_reply *reply;
	int64_t uid;
	bool one;	     /* of a prefix: an error when it has no ban */
	uint64_t generation; /* a ban has its jail as an index into the policy */
	uint64_t ended;
	uint32_t n, done;
	struct ban bans[]; /* as they were at the request: their order changes when one ends */
};

static void refuse(struct unbanning *unbanning, const char *why)
{
	char text[256];

	snprintf(text, sizeof(text), "%llu bans ended, then: %s",
		 (unsigned long long)unbanning->ended, why);
	control_reply_refuse(unbanning->reply, EXIT_ENVIRONMENT, text);
	free(unbanning);
}

static void answer(struct unbanning *unbanning)
{
	if (unbanning->one && unbanning->ended == 0) {
		control_reply_refuse(unbanning->reply, EXIT_NO, "it is not banned");
	} else {
		control_reply_add(unbanning->reply, json_pack("{s:b, s:o}", "ok", 1, "bans",
							      json_count(unbanning->ended)));
		control_reply_end(unbanning->reply);
	}
	free(unbanning);
}

/* Ends up to BANS_A_STEP of them; with `force` all. Returns 0, or -ENOSPC when the ledger's queue is full. */
static int step(struct daemon *daemon, struct unbanning *unbanning, bool force)
{
	int r = 0;

	for (int i = 0; (force || i < BANS_A_STEP) && unbanning->done < unbanning->n; i++) {
		const struct ban *ban = &unbanning->bans[unbanning->done];

		r = manual_unban(daemon, &ban->prefix, ban->jail, unbanning->uid, force);
		if (r < 0)
			break;
		unbanning->ended += (uint64_t)r;
		unbanning->done++;
	}
	tick(daemon);
	return r < 0 ? r : 0;
}

/* A full disk must not keep honest mail out. */
static void end_unwritten(struct daemon *daemon, struct unbanning *unbanning)
{
	char why[128];

	step(daemon, unbanning, true);
	snprintf(why, sizeof(why),
		 "%llu bans ended, but the ledger cannot be written: a restart may bring them back",
		 (unsigned long long)unbanning->ended);
	control_reply_refuse(unbanning->reply, EXIT_ENVIRONMENT, why);
	free(unbanning);
}

/* Ends some more, then waits for the ledger or answers. */
static void go_on(struct daemon *daemon, struct unbanning *unbanning)
{
	int r;

	if (unbanning->generation != daemon->generation) {
		refuse(unbanning, "the configuration has changed meanwhile: ask again");
		return;
	}
	r = step(daemon, unbanning, !daemon->ledger);
	if (!daemon->ledger || (r == 0 && unbanning->ended == 0))
		answer(unbanning);
	else if (!ledger_wait_start(daemon, &unbanning->wait))
		end_unwritten(daemon, unbanning);
}

static void on_ledger(struct ledger_wait *wait, struct daemon *daemon,
		      enum ledger_wait_outcome outcome)
{
	struct unbanning *self = (struct unbanning *)(void *)wait;

	if (outcome == LEDGER_WAIT_FAILING)
		end_unwritten(daemon, self);
	else if (outcome == LEDGER_WAIT_ENDING)
		refuse(self, "the daemon ends; it may not be on the disk: ask again");
	else if (self->done == self->n)
		answer(self);
	else
		go_on(daemon, self);
}

/* With a copy of the bans that are meant; NULL: no memory. */
static struct unbanning *unbanning_new(const struct daemon *daemon, const struct request *request)
{
	const struct bans *bans = engine_bans(daemon->policy->engine);
	uint32_t n = bans_count(bans);
	struct unbanning *unbanning = malloc(sizeof(*unbanning) + n * sizeof(unbanning->bans[0]));
	struct prefix asked = { 0 };

	if (!unbanning)
		return NULL;
	*unbanning = (struct unbanning){ .wait.done = on_ledger,
					 .reply = request->reply,
					 .uid = request->uid,
					 .one = control_request_prefix(request->json, &asked),
					 .generation = daemon->generation };
	for (uint32_t i = 0; i < n; i++) {
		const struct ban *ban = bans_at(bans, i);

		if (!unbanning->one || prefix_overlaps(&ban->prefix, &asked))
			unbanning->bans[unbanning->n++] = *ban;
	}
	return unbanning;
}

void unban_handler(struct daemon *daemon, const struct request *request)
{
	struct unbanning *unbanning = unbanning_new(daemon, request);

	if (unbanning)
		go_on(daemon, unbanning);
	else
		control_reply_refuse(request->reply, EXIT_ENVIRONMENT, "no memory for the bans");
}
