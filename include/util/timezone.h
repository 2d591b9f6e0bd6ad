/* SPDX-License-Identifier: MIT */
/* timezone: the zone of log_tz, by the C library's knowledge of zones. */
#ifndef RELAYDAM_UTIL_TIMEZONE_H
#define RELAYDAM_UTIL_TIMEZONE_H

#include "util/zone.h"

/*
 * "local", "UTC", "+02:00", or a name of the zone database ("Europe/Berlin").
 * A process has one: a second call changes the zone for all. Returns 0, or -EINVAL for a zone that is not known.
 */
int timezone_set(const char *name, struct zone *out);

#endif
