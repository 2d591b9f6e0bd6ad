/* SPDX-License-Identifier: MIT */
/* journal_entry: one entry of the journal, its fields copied out. See journal.h for what is believed. */
#ifndef RELAYDAM_SOURCE_JOURNAL_ENTRY_H
#define RELAYDAM_SOURCE_JOURNAL_ENTRY_H

#include <systemd/sd-journal.h>

#include "logline/line_buffer.h"
#include "logline/record.h"

enum journal_entry_field {
	JOURNAL_ENTRY_MESSAGE,
	JOURNAL_ENTRY_MESSAGE_ID,
	JOURNAL_ENTRY_IDENTIFIER,
	JOURNAL_ENTRY_COMM,
	JOURNAL_ENTRY_HOST,
	JOURNAL_ENTRY_PID,
	JOURNAL_ENTRY_UID,
	JOURNAL_ENTRY_UNIT,
	JOURNAL_ENTRY_TRANSPORT,
	JOURNAL_ENTRY_SOURCE_TIME,
	JOURNAL_ENTRY_FIELDS,
};

enum {
	JOURNAL_ENTRY_SHORT = 256
}; /* bytes of a field that is not the message; a longer one counts as absent */

struct journal_entry {
	struct span field[JOURNAL_ENTRY_FIELDS]; /* p NULL: not there */
	int64_t time;				 /* when journald got it, microseconds since 1970 */
	bool cut;				 /* the message was longer than LINE_BUFFER_LINE */
	size_t blanks;				 /* that journald took off the message's end */
	char message[LINE_BUFFER_LINE];
	char text[JOURNAL_ENTRY_FIELDS][JOURNAL_ENTRY_SHORT];
};

/*
 * The entry at which the journal stands. Returns 0 and fills *out, or -errno. Of a field that comes twice, the first.
 * journald takes the blanks off a message's end; here it has them again. Rules must see that a line is as long as its
 * writer makes any: then the end that it seems to have may be a client's, and nothing but blanks behind it.
 */
int journal_entry_read(sd_journal *journal, struct journal_entry *out);

/* Did a person's user id write it? Also true when it has a user id that is no number. */
bool journal_entry_is_of_person(const struct journal_entry *entry);

/* Messages that journald says it dropped of a unit, *unit; 0 for any other entry. Cannot be forged. */
uint64_t journal_entry_suppressed(const struct journal_entry *entry, struct span *unit);

/* Its spans point into the entry. */
void journal_entry_record(const struct journal_entry *entry, struct record *out);

#endif
