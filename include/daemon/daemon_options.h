/* SPDX-License-Identifier: MIT */
/* daemon_options: what the command line of `relaydam run` decides. */
#ifndef RELAYDAM_DAEMON_DAEMON_OPTIONS_H
#define RELAYDAM_DAEMON_DAEMON_OPTIONS_H

#include <stdbool.h>

struct daemon_options {
	const char *config_path; /* is read again at a reload */
	const char *log;	 /* follow this file instead of the configured sources; NULL: no */
	bool dry_run, debug;	 /* block and cut nothing; explain each decision on stderr */
};

#endif
