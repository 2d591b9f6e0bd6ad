/* SPDX-License-Identifier: MIT */
/* prometheus: the answer to `status` in the text exposition format of Prometheus, version 0.0.4. */
#ifndef RELAYDAM_CLIENT_PROMETHEUS_H
#define RELAYDAM_CLIENT_PROMETHEUS_H

#include <jansson.h>
#include <stdio.h>

/* Leaves out figures that the answer does not contain, together with their HELP and TYPE. */
void prometheus_print(FILE *to, const json_t *status);

#endif
