/* SPDX-License-Identifier: MIT */
/* time_units: every time and duration in the program is an int64_t of microseconds; times count from 1970. */
#ifndef RELAYDAM_UTIL_TIME_UNITS_H
#define RELAYDAM_UTIL_TIME_UNITS_H

#include <stdint.h>

#define UNITS_SECOND INT64_C(1000000)
#define UNITS_MINUTE (60 * UNITS_SECOND)
#define UNITS_HOUR (60 * UNITS_MINUTE)
#define UNITS_DAY (24 * UNITS_HOUR)

#endif
