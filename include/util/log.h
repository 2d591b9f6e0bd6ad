/* SPDX-License-Identifier: MIT */
/* log: the daemon's messages: to the journal when systemd started it, else to stderr. */
#ifndef RELAYDAM_UTIL_LOG_H
#define RELAYDAM_UTIL_LOG_H

#include <stdbool.h>
#include <syslog.h>

/* Writes one line; control bytes are escaped. priority: LOG_* of syslog.h. */
void log_note(int priority, const char *text);

/* The same as a callback; context is not used. */
void log_callback(void *context, int priority, const char *text);

/* The same, formatted; cut at 1023 bytes. */
__attribute__((format(printf, 2, 3))) void log_print(int priority, const char *format, ...);

/* Is stderr connected to the journal? Then messages may have fields. */
bool log_is_journal(void);

#endif
