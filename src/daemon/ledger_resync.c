/* SPDX-License-Identifier: MIT */
#include "ledger_resync.h"

#include <stdlib.h>

#include "ban_record.h"
#include "daemon_state.h"
#include "engine/engine_bans.h"

/* A copy of the bans, since their order changes with each one that comes or ends. */
struct ledger_resync {
	uint32_t n, done;
	struct ban bans[];
};

void ledger_resync_drop(struct daemon *daemon)
{
	free(daemon->resync);
	daemon->resync = NULL;
}

static bool start(struct daemon *daemon)
{
	const struct bans *bans = engine_bans(daemon->policy->engine);
	uint32_t n = bans_count(bans);
	struct ledger_resync *resync = malloc(sizeof(*resync) + n * sizeof(resync->bans[0]));

	if (!resync)
		return false;
	resync->n = n;
	resync->done = 0;
	for (uint32_t i = 0; i < n; i++)
		resync->bans[i] = *bans_at(bans, i);
	daemon->resync = resync;
	return true;
}

/* Returns false when the queue has no room for it now. */
static bool hand_over(struct daemon *daemon, const struct ban *ban)
{
	const struct ban *now =
		bans_find(engine_bans(daemon->policy->engine), &ban->prefix, ban->jail);
	struct rule_text rule;
	struct ledger_ban written;

	if (!now || now->since != ban->since)
		return true; /* the ledger was given its end */
	written = ban_record_write(daemon->policy, ban, &rule);
	return ledger_offer(daemon->ledger, &written) != LEDGER_FULL;
}

void ledger_resync_run(struct daemon *daemon)
{
	struct ledger_resync *resync;
	bool room = true;

	/* The ledger is asked once for each round: what it loses during the round must be known at the round's end. */
	if (!daemon->resync && (!ledger_wanted(daemon->ledger) || !start(daemon)))
		return;
	resync = daemon->resync;
	while (resync->done < resync->n && (room = hand_over(daemon, &resync->bans[resync->done])))
		resync->done++;
	ledger_turn(daemon->ledger, daemon_now());
	if (!room)
		return;
	ledger_resync_drop(daemon);
	ledger_resume(daemon->ledger);
}
