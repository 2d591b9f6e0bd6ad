/* SPDX-License-Identifier: MIT */
/* json_value: numbers, times and text as JSON values. The caller owns each: json_decref() it. */
#ifndef RELAYDAM_DAEMON_JSON_VALUE_H
#define RELAYDAM_DAEMON_JSON_VALUE_H

#include <jansson.h>
#include <stdint.h>

#include "util/span.h"

json_t *json_count(uint64_t n);
json_t *json_time(int64_t us); /* null for INT64_MAX */

/* What came from a log may be no UTF-8: then byte by byte, as if it were Latin-1. */
json_t *json_text(struct span s);

#endif
