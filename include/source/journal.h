/* SPDX-License-Identifier: MIT */
/*
 * journal: reads the entries of mail servers from systemd's journal, from a cursor on, as they come.
 *
 * An entry is attributed by what journald itself determined: unit, process and user. The identifier ("postfix/smtpd") is what
 * any local user may claim with `logger -t`. Entries of a unit that were written by a person's user id (1000 to 60000, and
 * from 65536 on, as journald divides them) are not delivered: a command in ~/.forward can log from inside Postfix's unit.
 *
 * Limit: an entry whose process ended before journald could determine its unit is not seen.
 */
#ifndef RELAYDAM_SOURCE_JOURNAL_H
#define RELAYDAM_SOURCE_JOURNAL_H

#include <systemd/sd-event.h>

#include "logline/record.h"

struct journal;

enum { JOURNAL_BATCH = 512 }; /* entries read before the event loop serves other sources */

/* Callbacks. note and batch may be NULL. */
struct journal_events {
	void *context;
	/*
	 * One entry, in the journal's order; its text is valid during the call, may hold any byte, newlines included, and is cut
	 * at LINE_BUFFER_LINE. fill: it was delivered before, and is read again to fill windows.
	 */
	void (*entry)(void *context, const struct record *record, bool fill);
	/* After entries: all there were, or JOURNAL_BATCH of them. */
	void (*batch)(void *context);
	/* A message for the administrator, one line. priority: LOG_* of syslog.h */
	void (*note)(void *context, int priority, const char *text);
};

struct journal_options {
	sd_event *event;
	/* Units, NULL at the end; shell globs are allowed; a name without a dot gets ".service". */
	const char *const *units;
	const char *cursor; /* of the last entry that was handled; NULL: only new entries */
	int64_t fill_since; /* entries from this time to the cursor are read again, microseconds since 1970; 0: none */
	const char *directory; /* of journal files; NULL: this machine's journal */
	struct journal_events events;
};

struct journal_counts {
	uint64_t entries; /* delivered */
	uint64_t lost;	  /* messages of our units that journald reported as suppressed */
	uint64_t cut;	  /* entries cut at LINE_BUFFER_LINE */
	uint64_t persons; /* entries of our units by a person's user id, not delivered */
	uint64_t broken;  /* entries without a message, or unreadable */
	uint64_t rotated; /* times that journal files were added or removed */
};

/*
 * Opens the journal. Callbacks come from the event loop only, except note. The options are copied, but for the event loop.
 * If the cursor's entry was deleted, reading goes on at the oldest entry after it, with a note. A unit with a glob means
 * that every entry of the machine is examined; other units cost nothing.
 *
 * Returns 0 and sets *out (free with journal_free()); -ENOMEM; -EINVAL without units; or what sd_journal_open() or
 * sd_event_add_io() return. A journal that this user may not read is no error but a note.
 */
int journal_new(struct journal **out, const struct journal_options *options);
void journal_free(struct journal *journal);

/*
 * Returns the cursor of the last entry that was delivered; in entry(), of that very entry. NULL as long as the journal is empty.
 * Valid until the next entry.
 */
const char *journal_cursor(struct journal *journal);

/* Are there entries that wait for the next batch? */
bool journal_behind(const struct journal *journal);

struct journal_counts journal_counts(const struct journal *journal);

#endif
