/* SPDX-License-Identifier: MIT */
/* journalentry: one entry of the journal, its fields copied out. See journal.h for what is believed. */
#ifndef RELAYDAM_JOURNALENTRY_H
#define RELAYDAM_JOURNALENTRY_H

#include <systemd/sd-journal.h>

#include "logline/line_buffer.h"
#include "logline/record.h"

enum entry_field {
	ENTRY_MESSAGE,
	ENTRY_MESSAGE_ID,
	ENTRY_IDENTIFIER,
	ENTRY_COMM,
	ENTRY_HOST,
	ENTRY_PID,
	ENTRY_UID,
	ENTRY_UNIT,
	ENTRY_TRANSPORT,
	ENTRY_SOURCE_TIME,
	ENTRY_FIELDS,
};

enum {
	ENTRY_SHORT = 256
}; /* bytes of a field that is not the message; a longer one counts as absent */

struct entry {
	struct span field[ENTRY_FIELDS]; /* p NULL: not there */
	int64_t time;			 /* when journald got it, microseconds since 1970 */
	bool cut;			 /* the message was longer than LINE_BUFFER_LINE */
	size_t blanks;			 /* that journald took off the message's end */
	char message[LINE_BUFFER_LINE];
	char text[ENTRY_FIELDS][ENTRY_SHORT];
};

/*
 * The entry at which the journal stands. Returns 0 and fills *out, or -errno. Of a field that comes twice, the first.
 * journald takes the blanks off a message's end; here it has them again. Rules must see that a line is as long as its
 * writer makes any: then the end that it seems to have may be a client's, and nothing but blanks behind it.
 */
int entry_read(sd_journal *journal, struct entry *out);

/* Did a person's user id write it? Also true when it has a user id that is no number. */
bool entry_is_of_person(const struct entry *entry);

/* Messages that journald says it dropped of a unit, *unit; 0 for any other entry. Cannot be forged. */
uint64_t entry_suppressed(const struct entry *entry, struct span *unit);

/* Its spans point into the entry. */
void entry_record(const struct entry *entry, struct record *out);

#endif
