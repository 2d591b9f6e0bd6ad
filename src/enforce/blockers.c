/* SPDX-License-Identifier: MIT */
#include "enforce/blockers.h"

struct blocker blocker_of(const struct blocker_conf *conf, bool dry_run)
{
	static const struct blocker_ops *const ops[] = {
		[BLOCKER_XT_RECENT] = &blocker_xt,
		[BLOCKER_NFT] = &blocker_nft,
		[BLOCKER_PRINT] = &blocker_print,
	};

	return (struct blocker){
		.ops = dry_run ? &blocker_print : ops[conf->type],
		.conf = conf,
		.proc = "/proc",
		.sys = "/sys",
	};
}
