/* SPDX-License-Identifier: MIT */
#include "daemon/ledger_resync.h"

#include <stdlib.h>

#include "daemon/daemon.h"
#include "enforcement.h"

void ledger_resync_drop(struct ledger_resync *offer)
{
	free(offer->bans);
	*offer = (struct ledger_resync){ 0 };
}

/* A copy, for their order changes with each ban that comes or ends. */
static bool begin(struct daemon *daemon)
{
	const struct bans *bans = engine_bans(daemon->engine);
	uint32_t n = bans_count(bans);
	struct ledger_resync *offer = &daemon->offer;

	offer->bans = calloc(n + 1, sizeof(*offer->bans));
	if (!offer->bans)
		return false;
	for (uint32_t i = 0; i < n; i++)
		offer->bans[i] = *bans_at(bans, i);
	offer->n = n;
	offer->done = 0;
	return true;
}

/* False: no room for the next one now. */
static bool tell(struct daemon *daemon, const struct ban *ban)
{
	const struct ban *now = bans_find(engine_bans(daemon->engine), &ban->prefix, ban->jail);
	struct rule_text rule;
	struct ledger_ban written = enforce_written(daemon, ban, &rule);

	if (!now || now->since != ban->since)
		return true; /* its end was told */
	return ledger_offer(daemon->ledger, &written) != LEDGER_FULL;
}

void ledger_resync_event(struct daemon *daemon)
{
	struct ledger_resync *offer = &daemon->offer;
	bool room = true;

	/* Asked once for each round: what is lost during it must be known at its end. */
	if (!offer->bans && (!ledger_wanted(daemon->ledger) || !begin(daemon)))
		return;
	while (offer->done < offer->n && (room = tell(daemon, &offer->bans[offer->done])))
		offer->done++;
	ledger_turn(daemon->ledger, daemon_now());
	if (!room)
		return;
	ledger_resync_drop(offer);
	ledger_resume(daemon->ledger);
}
