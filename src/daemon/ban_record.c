/* SPDX-License-Identifier: MIT */
#include "ban_record.h"

#include <stdio.h>

struct rule_text ban_record_rule_text(const struct policy *policy, uint32_t rule)
{
	const struct filters *filters = policy->config->filters;
	struct rule_text out = { "" };
	const struct rule *found;

	if (rule >= filters_rules(filters))
		return out;
	found = filters_rule(filters, rule);
	snprintf(out.text, sizeof(out.text), "%s/%s", found->filter, found->name);
	return out;
}

uint32_t ban_record_rule(const struct policy *policy, struct span text)
{
	struct rule_text name = { "" };
	const struct rule *rule;

	if (text.n == 0 || text.n >= sizeof(name.text))
		return BANS_MANUAL;
	memcpy(name.text, text.p, text.n);
	rule = filters_find(policy->config->filters, "", name.text);
	return rule ? rule->index : BANS_MANUAL;
}

enum ban_fit ban_record_fit(const struct policy *policy, const struct prefix *prefix, uint32_t jail)
{
	struct prefix widest;

	if (jail == UINT32_MAX)
		return BAN_NO_JAIL;
	if (ignore_ip_touches(policy->ignore, prefix))
		return BAN_IGNORED;
	widest = prefix_of(&prefix->addr, policy->jails[jail].prefix4, policy->jails[jail].prefix6);
	return prefix->bits < widest.bits ? BAN_WIDE : BAN_FIT;
}

bool ban_record_read(const struct policy *policy, const struct ledger_ban *written, int64_t now,
		     struct ban *ban)
{
	*ban = (struct ban){ .prefix = written->prefix,
			     .jail = policy_jail(policy, written->jail),
			     .since = written->since,
			     .until = written->until,
			     .rule = ban_record_rule(policy, written->rule),
			     .hits = written->hits,
			     .mails = written->mails,
			     .by = (uint32_t)(written->uid + 1) };
	if (written->would == LEDGER_FUSE || written->would == LEDGER_BUSY)
		ban->would = (enum would)written->would;
	/* It was made while the machine's clock was ahead of what it is now: it lasts as long as it was meant to, from now on. */
	if (ban->since > now && ban->until != INT64_MAX)
		ban->until -= ban->since - now;
	/* It ended before its time, at no place where a log that is read again could end it. */
	if (written->end.how != LEDGER_IN_FORCE && written->end.at.source < 0 &&
	    written->end.time < ban->until)
		ban->until = written->end.time;
	return ban_record_fit(policy, &ban->prefix, ban->jail) == BAN_FIT &&
	       (written->would != LEDGER_DRY || policy->dry_run);
}

static enum ledger_would written_would(const struct policy *policy, const struct ban *ban)
{
	if (ban->would != WOULD_NOT)
		return (enum ledger_would)ban->would;
	return policy->dry_run ? LEDGER_DRY : LEDGER_REAL;
}

struct ledger_ban ban_record_write(const struct policy *policy, const struct ban *ban,
				   struct rule_text *rule)
{
	*rule = ban_record_rule_text(policy, ban->rule);
	return (struct ledger_ban){ .prefix = ban->prefix,
				    .jail = span_of(policy->jails[ban->jail].name),
				    .rule = span_of(rule->text),
				    .since = ban->since,
				    .until = ban->until,
				    .hits = ban->hits,
				    .uid = (int64_t)ban->by - 1,
				    .would = written_would(policy, ban),
				    .mails = ban->mails,
				    .at = { .source = -1 } };
}
