/* SPDX-License-Identifier: MIT */
/* daemon: connects log sources, engine and blockers, in one event loop. */
#ifndef RELAYDAM_DAEMON_DAEMON_H
#define RELAYDAM_DAEMON_DAEMON_H

#include "daemon/daemon_options.h"

struct config;

/*
 * Starts all parts and runs until SIGTERM or SIGINT. Takes the configuration over, and frees it. What options points to must outlive
 * the call. Errors are logged with their remedy. Returns 0, or -errno when it could not start or its event loop failed.
 */
int daemon_run(const struct daemon_options *options, struct config *config);

#endif
