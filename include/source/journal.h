/* SPDX-License-Identifier: MIT */
/*
 * journal: what mail servers say to systemd's journal, from a place on, as it comes.
 *
 * An entry is believed to be a server's by what journald found out itself: the unit, the process and the
 * user. The identifier ("postfix/smtpd") is what any local user may claim by `logger -t`. Entries of a unit that a
 * person's user id wrote (1000 to 60000, and from 65536 on, as journald splits them) are not handed on: with a command
 * in ~/.forward anybody can log from inside Postfix's unit.
 *
 * What it will not do: see a line whose process was gone before journald could ask for its unit.
 */
#ifndef RELAYDAM_SOURCE_JOURNAL_H
#define RELAYDAM_SOURCE_JOURNAL_H

#include <systemd/sd-event.h>

#include "logline/record.h"

struct journal;

enum { JOURNAL_TURN = 512 }; /* entries looked at before others have their turn */

/* What the journal tells. note and turn may be NULL; `context` is passed on. */
struct journal_events {
	void *context;
	/*
	 * One entry, in the journal's order; its text is gone after the call. It may hold any byte, newlines too, and is
	 * cut at LINE_BUFFER_LINE. fill: it was handed on before, and is read again to fill windows.
	 */
	void (*entry)(void *context, const struct record *record, bool fill);
	/* Behind one entry or more: all that was there was looked at, or JOURNAL_TURN of them. */
	void (*turn)(void *context);
	/* priority: LOG_* of syslog.h */
	void (*note)(void *context, int priority, const char *text);
};

struct journal_options {
	sd_event *event;
	/* Units, NULL at the end; shell globs are taken; ".service" is added to a name without a dot. */
	const char *const *units;
	const char *cursor;    /* of the last entry that was handled; NULL: from now on */
	int64_t fill_since;    /* entries from this time up to the cursor are read again; 0: none */
	const char *directory; /* of journal files; NULL: this machine's journal */
	struct journal_events events;
};

struct journal_counts {
	uint64_t entries; /* handed on */
	uint64_t lost;	  /* messages of our units that journald dropped, as it says */
	uint64_t cut;	  /* entries cut at LINE_BUFFER_LINE */
	uint64_t persons; /* entries of our units by a person's user id, not handed on */
	uint64_t broken;  /* entries without a message, or that could not be read */
	uint64_t rotated; /* times that files came or went */
};

/*
 * Events come from sd_event's loop only, never from in here but for note. What the options point to, event but for, is
 * copied. A cursor whose entry is gone: goes on at the oldest entry behind it, and notes that. A unit with a glob costs
 * a look at every entry of the machine, any other unit nothing.
 *
 * Returns 0 and sets *out (free with journal_free()); -ENOMEM; -EINVAL without units; else what
 * sd_journal_open() or sd_event_add_io() return. A journal that may not be read is no error here, but a note.
 */
int journal_new(struct journal **out, const struct journal_options *options);
void journal_free(struct journal *journal);

/*
 * The place up to which entries were handed on: in entry(), that very entry. NULL as long as the journal was empty.
 * Valid until the next entry.
 */
const char *journal_cursor(struct journal *journal);

/* Entries are there that had no turn yet. */
bool journal_behind(const struct journal *journal);

struct journal_counts journal_counts(const struct journal *journal);

#endif
