/* SPDX-License-Identifier: MIT */
/*
 * header: the parsers of a line's header, one per form; record_parse.c selects one by the line's first bytes.
 *
 * Each parser gets a cursor at the header's start. It returns true and fills *out, but for `repeat` and `time`, if the line has this
 * header; else false, and then *out holds anything.
 */
#ifndef RELAYDAM_LOGLINE_HEADER_H
#define RELAYDAM_LOGLINE_HEADER_H

#include "logline/record.h"
#include "util/cursor.h"

bool header_bsd(struct cursor *c, struct record *out);
bool header_rfc3339(struct cursor *c, struct record *out);
bool header_rfc5424(struct cursor *c, struct record *out); /* after "<22>1 " */
bool header_own(struct cursor *c, struct record *out);
bool header_tai64n(struct cursor *c, struct record *out);

/* What follows the time in the forms of syslog: a host, which may be missing, the program's tag and the message. */
void header_host_and_program(struct cursor *c, struct record *out);

/* The same after the host. */
void header_behind_host(struct cursor *c, struct record *out);

#endif
