/* SPDX-License-Identifier: MIT */
/* reload: reads the configuration again and puts it in force; windows, bans and positions in the logs are kept. */
#ifndef RELAYDAM_DAEMON_RELOAD_H
#define RELAYDAM_DAEMON_RELOAD_H

#include "config/diagnostics.h"

struct daemon;

/* Returns 0, perhaps with warnings; or -EINVAL with errors: then the old configuration stays in force. */
int reload(struct daemon *daemon, struct diagnostics *diagnostics);

/* The same on SIGHUP: errors and warnings go to the log. */
int reload_on_signal(struct daemon *daemon);

#endif
