/* SPDX-License-Identifier: MIT */
#include "enforce/blocker.h"

#include <stdarg.h>
#include <stdio.h>

const char *blocker_list(const struct blocker *blocker, enum blocker_family family)
{
	return family == BLOCKER_V4 ? blocker->conf->list : blocker->conf->list6;
}

void blocker_set_error(struct blocker *blocker, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(blocker->error, sizeof(blocker->error), format, args);
	va_end(args);
}
