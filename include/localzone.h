/* SPDX-License-Identifier: MIT */
/* localzone: the zone of log_tz, by the C library's knowledge of zones. */
#ifndef RELAYDAM_LOCALZONE_H
#define RELAYDAM_LOCALZONE_H

#include "logtime.h"

/*
 * "local", "UTC", "+02:00", or a name of the zone database ("Europe/Berlin").
 * A process has one: a second call changes the zone for all. Returns 0, or -EINVAL for a zone that is not known.
 */
int localzone_set(const char *name, struct zone *out);

#endif
