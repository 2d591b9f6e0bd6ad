/* SPDX-License-Identifier: MIT */
#include "fuse_control.h"

#include "ban_record.h"
#include "daemon_state.h"
#include "engine/engine_bans.h"
#include "util/log.h"

static void write_fuse(struct daemon *daemon, const struct rule *rule,
		       const struct fuse_state *state)
{
	struct rule_text text = ban_record_rule_text(daemon->policy, rule->index);

	if (daemon->ledger)
		ledger_fuse(daemon->ledger, span_of(text.text), state);
}

void fuse_control_blown(struct daemon *daemon, const struct rule *rule,
			const struct fuse_state *state)
{
	write_fuse(daemon, rule, state);
	if (state->why == FUSE_SPARED)
		log_print(LOG_WARNING,
			  "the fuse of rule %s/%s has blown: of its last %u bans %u were of known "
			  "senders. The rule only reports until you reset it: 'relaydam status', "
			  "then 'relaydam fuse %s/%s --reset'",
			  rule->filter, rule->name, state->bans, state->spared, rule->filter,
			  rule->name);
	else
		log_print(LOG_WARNING,
			  "the fuse of rule %s/%s has blown: %u bans where %u are usual. The rule "
			  "only reports until you reset it: 'relaydam status', then 'relaydam fuse "
			  "%s/%s --reset'",
			  rule->filter, rule->name, state->bans, state->spared, rule->filter,
			  rule->name);
}

void fuse_control_reset(struct daemon *daemon, const struct rule *rule, int64_t uid)
{
	struct fuse_state whole = { 0 };

	engine_set_fuse(daemon->policy->engine, rule->index, &whole);
	write_fuse(daemon, rule, &whole);
	log_print(LOG_NOTICE,
		  "user %lld reset the fuse of rule %s/%s: its bans are carried out again",
		  (long long)uid, rule->filter, rule->name);
}
