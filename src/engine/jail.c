/* SPDX-License-Identifier: MIT */
#include "engine/jail.h"

enum verdict jail_judge(const struct jail *jail, uint32_t limit, struct window_count count,
			int64_t now)
{
	if (count.hits >= limit && now - count.oldest <= jail->rule.findtime)
		return VERDICT_BAN;
	return VERDICT_WAIT;
}
