/* SPDX-License-Identifier: MIT */
#include "unban_handler.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/control_request.h"
#include "json_value.h"
#include "util/exit_code.h"

enum { TURN = 128 }; /* a quarter of the ledger's queue */

struct unbanning {
	struct unbanning *next;
	struct control_reply *reply;
	int64_t uid;
	bool one;	     /* of an address: an error when there is none */
	uint64_t generation; /* a ban knows its jail by number */
	struct ban *bans;    /* as they were when it was asked for */
	uint32_t n, done;
	uint64_t ended, ticket;
};

static void drop(struct unbanning *unbanning)
{
	free(unbanning->bans);
	free(unbanning);
}

static void refuse(struct unbanning *unbanning, const char *why)
{
	char text[256];

	snprintf(text, sizeof(text), "%llu bans ended, then: %s",
		 (unsigned long long)unbanning->ended, why);
	control_reply_refuse(unbanning->reply, EXIT_ENVIRONMENT, text);
	drop(unbanning);
}

static void answer(struct unbanning *unbanning)
{
	if (unbanning->one && unbanning->ended == 0) {
		control_reply_refuse(unbanning->reply, EXIT_NO, "it is not banned");
	} else {
		control_reply_add(unbanning->reply, json_pack("{s:b, s:o}", "ok", 1, "bans",
							      answer_count(unbanning->ended)));
		control_reply_end(unbanning->reply);
	}
	drop(unbanning);
}

/* Up to TURN of them, or, without the ledger, all. Returns 0, or -ENOSPC: the ledger has no room now. */
static int some(struct daemon *daemon, struct unbanning *unbanning, bool anyway)
{
	int r = 0;

	for (int i = 0; (anyway || i < TURN) && unbanning->done < unbanning->n; i++) {
		const struct ban *ban = &unbanning->bans[unbanning->done];

		r = daemon_unban(daemon, &ban->prefix, ban->jail, unbanning->uid, anyway);
		if (r < 0)
			break;
		unbanning->ended += (uint64_t)r;
		unbanning->done++;
	}
	daemon_act(daemon);
	return r < 0 ? r : 0;
}

/* Honest mail is not kept out for a full disk. */
static void end_unwritten(struct daemon *daemon, struct unbanning *unbanning)
{
	char why[128];

	some(daemon, unbanning, true);
	snprintf(why, sizeof(why),
		 "%llu bans ended, but the ledger cannot be written: a restart may bring them back",
		 (unsigned long long)unbanning->ended);
	control_reply_refuse(unbanning->reply, EXIT_ENVIRONMENT, why);
	drop(unbanning);
}

/* Until the ledger is waited for, or it is answered. */
static void go_on(struct daemon *daemon, struct unbanning *unbanning)
{
	int r;

	if (unbanning->generation != daemon->generation) {
		refuse(unbanning, "the configuration has changed meanwhile: ask again");
		return;
	}
	r = some(daemon, unbanning, !daemon->ledger);
	if (!daemon->ledger || (r == 0 && unbanning->ended == 0)) {
		answer(unbanning);
	} else if (ledger_counts(daemon->ledger).failing) {
		end_unwritten(daemon, unbanning);
	} else {
		ledger_turn(daemon->ledger, daemon_now());
		unbanning->ticket = ledger_commit(daemon->ledger);
		unbanning->next = daemon->unbanning;
		daemon->unbanning = unbanning;
	}
}

void unban_committed(struct daemon *daemon, uint64_t ticket)
{
	struct unbanning **link = &daemon->unbanning;

	while (*link) {
		struct unbanning *unbanning = *link;

		if (unbanning->ticket > ticket) {
			link = &unbanning->next;
			continue;
		}
		*link = unbanning->next;
		if (unbanning->done == unbanning->n)
			answer(unbanning);
		else
			go_on(daemon, unbanning); /* to the list's head, if at all */
	}
}

void unban_unwritten(struct daemon *daemon)
{
	while (daemon->unbanning) {
		struct unbanning *unbanning = daemon->unbanning;

		daemon->unbanning = unbanning->next;
		end_unwritten(daemon, unbanning);
	}
}

void unban_end(struct daemon *daemon)
{
	while (daemon->unbanning) {
		struct unbanning *unbanning = daemon->unbanning;

		daemon->unbanning = unbanning->next;
		refuse(unbanning, "the daemon ends; it may not be on the disk: ask again");
	}
}

/* The bans of that prefix, or all: a copy, for their order changes when one goes. */
static int choose(const struct daemon *daemon, const struct prefix *asked,
		  struct unbanning *unbanning)
{
	const struct bans *bans = engine_bans(daemon->engine);
	uint32_t n = bans_count(bans);

	unbanning->bans = calloc(n + 1U, sizeof(*unbanning->bans));
	if (!unbanning->bans)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		const struct ban *ban = bans_at(bans, i);

		if (!unbanning->one || prefix_overlaps(&ban->prefix, asked))
			unbanning->bans[unbanning->n++] = *ban;
	}
	return 0;
}

void unban_ask(struct daemon *daemon, const json_t *request, int64_t uid,
	       struct control_reply *reply)
{
	struct unbanning *unbanning = calloc(1, sizeof(*unbanning));
	struct prefix asked = { 0 };

	if (unbanning) {
		unbanning->reply = reply;
		unbanning->uid = uid;
		unbanning->generation = daemon->generation;
		unbanning->one = control_request_prefix(request, &asked);
	}
	if (!unbanning || choose(daemon, &asked, unbanning) < 0) {
		free(unbanning);
		control_reply_refuse(reply, EXIT_ENVIRONMENT, "no memory for the bans");
		return;
	}
	go_on(daemon, unbanning);
}
