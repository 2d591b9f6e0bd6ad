/* SPDX-License-Identifier: MIT */
#include "manual_ban.h"

#include <errno.h>

#include "ban_record.h"
#include "checkpoint.h"
#include "cut_control.h"
#include "daemon_state.h"
#include "enforcement.h"
#include "engine/engine_bans.h"

int manual_ban(struct daemon *daemon, const struct ban *asked, int64_t uid)
{
	struct ban ban = *asked;
	struct ledger_ban written;
	struct rule_text rule;

	ban.by = (uint32_t)(uid + 1);
	written = ban_record_write(daemon->policy, &ban, &rule);
	if (daemon->ledger &&
	    ledger_ban(daemon->ledger, &written, (struct span){ 0 }, NULL, 0) != 0 &&
	    !ledger_counts(daemon->ledger).failing)
		return -ENOSPC;
	checkpoint_count(daemon->checkpoint);
	engine_ban(daemon->policy->engine, &ban);
	enforce_block(daemon, &ban);
	cut_control_ban(daemon, &ban, daemon_now(), 0);
	return 0;
}

int manual_unban(struct daemon *daemon, const struct prefix *prefix, uint32_t jail, int64_t uid,
		 bool force)
{
	const struct policy *policy = daemon->policy;
	const struct ban *ban = bans_find(engine_bans(policy->engine), prefix, jail);
	struct ban ended;

	if (!ban)
		return 0;
	/* The ledger first: an unban that it has not got would be undone by a restart. */
	if (enforce_write_end(daemon, policy, ban, LEDGER_BY_COMMAND, uid) == LEDGER_FULL && !force)
		return -ENOSPC;
	engine_unban(policy->engine, prefix, jail, &ended);
	enforce_unblock(policy, &ended);
	return 1;
}
