/* SPDX-License-Identifier: MIT */
/* journal_entry: copies the fields of one entry of the journal. See journal.h for which of them are trusted. */
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
	int64_t time;  /* of its receipt by journald, microseconds since 1970 */
	bool cut;      /* the message was longer than LINE_BUFFER_LINE */
	size_t blanks; /* that journald stripped from the message's end */
	char message[LINE_BUFFER_LINE];
	char text[JOURNAL_ENTRY_FIELDS][JOURNAL_ENTRY_SHORT];
};

/*
 * Reads the current entry. Returns 0 and fills *out, or -errno. Of a field that occurs twice, the first counts.
 *
 * Blanks that journald stripped from the message's end are restored: rules must see that a line has the greatest length its
 * writer allows. Then it was cut, and what looks like its end may be a client's text, padded with blanks.
 */
int journal_entry_read(sd_journal *journal, struct journal_entry *out);

/* Was it written by a person's user id? Also true if its user id is not a number. */
bool journal_entry_is_of_person(const struct journal_entry *entry);

/* Returns how many messages of *unit journald reports as suppressed; 0 for any other entry. Cannot be forged. */
uint64_t journal_entry_suppressed(const struct journal_entry *entry, struct span *unit);

/* Makes a record of it, whose spans point into the entry. */
void journal_entry_record(const struct journal_entry *entry, struct record *out);

#endif
