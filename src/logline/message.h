/* SPDX-License-Identifier: MIT */
/*
 * message: the end of a line, whatever its header: the program's tag, and what writers put before the message itself.
 * Parses for record.c and the header_*.c.
 */
#ifndef RELAYDAM_LOGLINE_MESSAGE_H
#define RELAYDAM_LOGLINE_MESSAGE_H

#include "logline/record.h"
#include "util/cursor.h"

/* May the byte be part of a program's name? Letters, digits and /-_. */
static inline bool message_program_byte(char c)
{
	static const bool is[256] = {
		['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['/'] = true,
		['-'] = true,	      ['_'] = true,	    ['.'] = true,
	};

	return is[(unsigned char)c];
}

/* "postfix/smtpd[123]: " or "dovecot: ": sets program and pid, and leaves the cursor at the message. */
bool message_tag(struct cursor *c, struct record *out);

/* "last message repeated 3 times": sets repeat, last_repeated and an empty message. Leaves *out alone otherwise. */
bool message_last_repeated(struct span text, struct record *out);

/*
 * Takes off what stands before out->message, which is set: Solaris's "[ID 197553 mail.info] ", Exim's own time and pid, and
 * "message repeated 3 times: [ ... ]", which sets repeat.
 */
void message_settle(struct record *out);

/* "[123] " before the message: sets pid. */
void message_skip_pid(struct record *out);

/* Is this the message of a line in Dovecot's own log file? "imap-login: Info: ", "auth-worker(24544): Error: " */
bool message_is_dovecot(struct span text);

#endif
