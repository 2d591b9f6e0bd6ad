/* SPDX-License-Identifier: MIT */
/* timezone: the zone of log_tz, by the C library's zone database. */
#ifndef RELAYDAM_UTIL_TIMEZONE_H
#define RELAYDAM_UTIL_TIMEZONE_H

#include "util/zone.h"

/*
 * Sets *out to a zone: "local", "UTC", "+02:00", or a name in the zone database ("Europe/Berlin").
 * Local and named zones use TZ, so a second call changes the earlier ones, too. Returns 0, or
 * -EINVAL for an unknown zone.
 */
int timezone_set(const char *name, struct zone *out);

#endif
