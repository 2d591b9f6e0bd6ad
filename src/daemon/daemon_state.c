/* SPDX-License-Identifier: MIT */
#include "daemon_state.h"

#include "policy.h"
#include "util/steady_clock.h"

int64_t daemon_now(void)
{
	return steady_now();
}

bool daemon_is_dry(const struct daemon *daemon)
{
	return daemon->policy->dry_run;
}
