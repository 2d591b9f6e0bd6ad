/* SPDX-License-Identifier: MIT */
/*
 * log_name: recognises the names that log rotation gives to a log. Works on names only;
 * source/log_dir.h lists directories.
 *
 * A rotated name is the log's name and a tag, then perhaps a compressor's ending (.gz .bz2 .xz
 * .zst). The tag is a number (mail.log.1), a date (mail.log-20261120, mail.log.2026-11-20) or .old.
 * With logrotate's option `extension` the tag precedes the extension: mail-20261120.log,
 * mail.1.log.
 */
#ifndef RELAYDAM_LOGLINE_LOG_NAME_H
#define RELAYDAM_LOGLINE_LOG_NAME_H

#include <stdbool.h>

enum { LOG_NAME_TEXT = 256 };

enum log_name_kind {
	LOG_NAME_OTHER,	 /* not of this log */
	LOG_NAME_LIVE,	 /* the log's own name */
	LOG_NAME_NUMBER, /* the higher the number, the older */
	LOG_NAME_DATE, /* six digits or more: a date, with or without a time, or seconds since 1970 */
	LOG_NAME_OLD, /* ".old", or the log's own name with a compressor's ending */
};

struct log_name {
	enum log_name_kind kind;
	bool packed; /* has a compressor's ending */
};

/*
 * Is `entry`, a name in the log's directory, the log or a rotated form of it? Only the last part of `log` matters. If that has a
 * date itself (mail-20261120.log, to which a link called mail.log leads), names with other dates are forms of it.
 */
struct log_name log_name_of(const char *log, const char *entry);

/*
 * Writes the last part of the path without what rotation added, for when the live log's name is unknown. So it leaves what may
 * belong to the name: a number before ".log" (host-1.log and host-2.log may be two logs). Cut at LOG_NAME_TEXT - 1 bytes.
 */
void log_name_stem(const char *path, char out[static LOG_NAME_TEXT]);

#endif
