/* SPDX-License-Identifier: MIT */
#include "enforce/blocker.h"

#include <stdarg.h>
#include <stdio.h>

struct blocker blocker_of(const struct blocker_conf *conf, bool dry_run)
{
	static const struct blocker_ops *const ops[] = {
		[BLOCKER_XT_RECENT] = &block_xt,
		[BLOCKER_NFT] = &block_nft,
		[BLOCKER_PRINT] = &block_print,
	};

	return (struct blocker){
		.ops = dry_run ? &block_print : ops[conf->type],
		.conf = conf,
		.proc = "/proc",
		.sys = "/sys",
	};
}

const char *blocker_list(const struct blocker *blocker, enum blocker_family family)
{
	return family == BLOCKER_V4 ? blocker->conf->list : blocker->conf->list6;
}

void blocker_trouble(struct blocker *blocker, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(blocker->trouble, sizeof(blocker->trouble), format, args);
	va_end(args);
}
