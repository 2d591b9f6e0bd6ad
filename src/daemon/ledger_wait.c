/* SPDX-License-Identifier: MIT */
#include "ledger_wait.h"

#include "daemon_state.h"
#include "ledger/ledger.h"

bool ledger_wait_start(struct daemon *daemon, struct ledger_wait *wait)
{
	ledger_turn(daemon->ledger, daemon_now());
	if (ledger_counts(daemon->ledger).failing)
		return false;
	wait->ticket = ledger_commit(daemon->ledger);
	wait->next = daemon->waits;
	daemon->waits = wait;
	return true;
}

static void end_all(struct daemon *daemon, enum ledger_wait_outcome outcome)
{
	while (daemon->waits) {
		struct ledger_wait *wait = daemon->waits;

		daemon->waits = wait->next;
		wait->done(wait, daemon, outcome);
	}
}

/* The list is walked while done() may add to its front: those have later tickets. */
void ledger_wait_committed(struct daemon *daemon, uint64_t ticket)
{
	struct ledger_wait **link = &daemon->waits;

	while (*link) {
		struct ledger_wait *wait = *link;

		if (wait->ticket > ticket) {
			link = &wait->next;
			continue;
		}
		*link = wait->next;
		wait->done(wait, daemon, LEDGER_WAIT_WRITTEN);
	}
	if (daemon->ledger && ledger_counts(daemon->ledger).failing)
		end_all(daemon, LEDGER_WAIT_FAILING);
}

void ledger_wait_end(struct daemon *daemon)
{
	end_all(daemon, LEDGER_WAIT_ENDING);
}
