/* SPDX-License-Identifier: MIT */
#include "source/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <syslog.h>
#include <systemd/sd-messages.h>

#include "journal_entry.h"
#include "journal_position.h"
#include "journal_units.h"
#include "util/units.h"

struct journal {
	sd_journal *handle;
	sd_event_source *io, *timer, *more;
	struct journal_events events;
	struct journal_units units;
	char *cursor; /* of the last entry that was read */
	bool is_old;  /* the cursor is of an entry before the current one */
	struct journal_position start;
	int error; /* the last one that was reported */
	struct journal_counts counts;
	struct journal_entry entry;
};

__attribute__((format(printf, 3, 4))) static void note(const struct journal *journal, int priority,
						       const char *format, ...)
{
	char text[512];
	va_list args;

	if (!journal->events.note)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	journal->events.note(journal->events.context, priority, text);
}

/* Saves the current entry's cursor, which cannot be had any more once its file is deleted. */
static int keep_cursor(struct journal *journal)
{
	char *cursor;
	int r;

	if (!journal->is_old)
		return 0;
	r = sd_journal_get_cursor(journal->handle, &cursor);
	if (r < 0)
		return r;
	free(journal->cursor);
	journal->cursor = cursor;
	journal->is_old = false;
	return 0;
}

const char *journal_cursor(struct journal *journal)
{
	keep_cursor(journal);
	return journal->cursor;
}

struct journal_counts journal_counts(const struct journal *journal)
{
	return journal->counts;
}

static void suppressed(struct journal *journal, uint64_t n, struct span unit)
{
	journal->counts.lost += n;
	note(journal, LOG_WARNING,
	     "journald dropped %" PRIu64 " messages of %.*s: raise its LogRateLimitBurst, "
	     "as postfix-journal-rate.conf does",
	     n, (int)unit.n, unit.p);
}

static void deliver(struct journal *journal, bool fill)
{
	const struct journal_entry *entry = &journal->entry;
	struct record record;

	if (journal_entry_is_of_person(entry)) {
		if (journal->counts.persons++ == 0)
			note(journal, LOG_WARNING,
			     "journal: user %.*s, a person, logs from inside %.*s: such entries are ignored",
			     (int)entry->field[JOURNAL_ENTRY_UID].n,
			     entry->field[JOURNAL_ENTRY_UID].p,
			     (int)entry->field[JOURNAL_ENTRY_UNIT].n,
			     entry->field[JOURNAL_ENTRY_UNIT].p);
		return;
	}
	if (!entry->field[JOURNAL_ENTRY_MESSAGE].p) {
		journal->counts.broken++;
		return;
	}
	journal_entry_record(entry, &record);
	journal->counts.entries++;
	journal->counts.cut += entry->cut;
	journal->events.entry(journal->events.context, &record, fill);
}

/* The current entry. */
static void take(struct journal *journal)
{
	struct journal_entry *entry = &journal->entry;
	enum journal_class class = journal_position_classify(&journal->start, journal->handle);
	struct span unit;
	uint64_t n;

	if (class == JOURNAL_DONE)
		return;
	if (journal_entry_read(journal->handle, entry) < 0) {
		journal->counts.broken++;
		return;
	}
	if (journal_units_have(&journal->units, entry->field[JOURNAL_ENTRY_UNIT]))
		deliver(journal, class == JOURNAL_FILL);
	n = journal_entry_suppressed(entry, &unit);
	if (n > 0 && class == JOURNAL_NEW && journal_units_have(&journal->units, unit))
		suppressed(journal, n, unit);
}

/* Reports an error, the same one once. */
static void failed(struct journal *journal, const char *what, int error)
{
	if (error != journal->error)
		note(journal, LOG_ERR, "journal: %s: %s", what, strerror(-error));
	journal->error = error;
}

/* Reads up to JOURNAL_BATCH entries. Returns 1 if there may be more: those are read after the loop has served its other sources. */
static int read_batch(struct journal *journal)
{
	int n = 0, r = 0;

	while (n < JOURNAL_BATCH && (r = sd_journal_next(journal->handle)) > 0) {
		n++;
		journal->is_old = true;
		take(journal);
	}
	if (r < 0)
		failed(journal, "cannot read the next entry", r);
	else
		journal->error = 0;
	keep_cursor(journal);
	if (n > 0 && journal->events.batch)
		journal->events.batch(journal->events.context);
	if (n < JOURNAL_BATCH)
		return 0;
	r = sd_event_source_set_enabled(journal->more, SD_EVENT_ONESHOT);
	return r < 0 ? r : 1;
}

/* Without inotify (a network filesystem) the library asks to be called again at a given time. */
static int arm(struct journal *journal)
{
	uint64_t when;
	int r = sd_journal_get_timeout(journal->handle, &when);

	if (r < 0 || when == UINT64_MAX)
		return sd_event_source_set_enabled(journal->timer, SD_EVENT_OFF);
	r = sd_event_source_set_time(journal->timer, when);
	return r < 0 ? r : sd_event_source_set_enabled(journal->timer, SD_EVENT_ONESHOT);
}

/*
 * Entries were written, or files were added or removed. sd_journal_process() drops deleted files even if entries in them were
 * not read yet. So everything is read first; then reading goes on in the remaining files and the new ones.
 */
static int woken(struct journal *journal)
{
	int r = read_batch(journal);

	if (r != 0)
		return r < 0 ? r : 0; /* the descriptor stays ready */
	r = sd_journal_process(journal->handle);
	if (r < 0)
		failed(journal, "cannot be watched", r);
	if (r == SD_JOURNAL_INVALIDATE)
		journal->counts.rotated++;
	r = arm(journal);
	return r < 0 ? r : read_batch(journal);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	(void)source;
	(void)fd;
	(void)revents;
	return woken(context);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *context)
{
	(void)source;
	(void)usec;
	return woken(context);
}

static int on_more(sd_event_source *source, void *context)
{
	(void)source;
	return read_batch(context);
}

/* (unit or unit ...) or (journald's own entries about suppressed messages) */
static int add_matches(struct journal *journal)
{
	int r = journal_units_match(&journal->units, journal->handle);

	if (journal->units.has_glob)
		return 0;
	if (r >= 0)
		r = sd_journal_add_disjunction(journal->handle);
	if (r >= 0)
		r = sd_journal_add_match(journal->handle, "_TRANSPORT=driver", 0);
	if (r >= 0)
		r = sd_journal_add_match(journal->handle,
					 "MESSAGE_ID=" SD_MESSAGE_JOURNAL_DROPPED_STR, 0);
	return r;
}

static size_t known_units(const struct journal *journal, const char *glob)
{
	const void *data;
	size_t n, known = 0;

	if (sd_journal_query_unique(journal->handle, "_SYSTEMD_UNIT") < 0)
		return 0;
	while (sd_journal_enumerate_available_unique(journal->handle, &data, &n) > 0) {
		struct span unit = span_skip((struct span){ data, n }, strlen("_SYSTEMD_UNIT="));

		known += journal_unit_is(unit, glob);
	}
	return known;
}

/* With wrong names nothing would ever be read, without a sign of it. */
static void note_units(const struct journal *journal)
{
	size_t all = 0;

	for (char **u = journal->units.names; *u; u++) {
		size_t known = known_units(journal, *u);

		note(journal, LOG_INFO, "journal: %s: %zu unit%s with entries", *u, known,
		     known == 1 ? "" : "s");
		all += known;
	}
	if (all == 0)
		note(journal, LOG_WARNING,
		     "journal: no entries yet of any of these units: 'systemctl list-units' shows their names");
}

/* Entries after the cursor may have been vacuumed, or the cursor is no cursor. */
static void note_position(const struct journal *journal, int found, int64_t next)
{
	char text[TIME_TEXT];

	if (found < 0)
		note(journal, LOG_WARNING,
		     "journal: the saved cursor is invalid (%s); reading from the oldest entry",
		     strerror(-found));
	else if (found == 0 && next > 0)
		note(journal, LOG_WARNING,
		     "journal: the entry of the saved cursor was deleted; reading from the oldest entry after it, of %s",
		     time_rfc3339(next, text));
}

static int start_now(struct journal *journal)
{
	int r = journal_position_now(journal->handle);

	if (r <= 0)
		return r;
	journal->is_old = true;
	return keep_cursor(journal);
}

/* Sets where reading starts. With an invalid cursor, at the oldest entry: better to read entries again than to lose them. */
static int start(struct journal *journal, const struct journal_options *options)
{
	int r, found = 1;
	int64_t next = 0;

	if (options->cursor)
		found = journal_position_find(journal->handle, options->cursor, &next);
	note_position(journal, found, next);
	r = add_matches(journal);
	if (r < 0)
		return r;
	if (found < 0)
		return sd_journal_seek_head(journal->handle);
	if (options->cursor) {
		journal->cursor = strdup(options->cursor);
		r = journal->cursor ? 0 : -ENOMEM;
	} else {
		r = start_now(journal);
	}
	if (r < 0 || !journal->cursor)
		return r;
	return journal_position_start(&journal->start, journal->handle, journal->cursor,
				      options->fill_since);
}

static int add_event_sources(struct journal *journal, sd_event *event)
{
	int fd = sd_journal_get_fd(journal->handle), r;

	if (fd < 0)
		return fd;
	r = sd_event_add_io(event, &journal->io, fd, EPOLLIN, on_io, journal);
	if (r >= 0)
		r = sd_event_add_time(event, &journal->timer, CLOCK_MONOTONIC, 0, 0, on_timer,
				      journal);
	if (r >= 0)
		r = sd_event_add_defer(event, &journal->more, on_more, journal);
	return r < 0 ? r : arm(journal);
}

static int open_journal(struct journal *journal, const char *directory)
{
	int r = directory ? sd_journal_open_directory(&journal->handle, directory, 0)
			  : sd_journal_open(&journal->handle,
					    SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);

	if (r < 0)
		return r;
	if (!directory && sd_journal_has_runtime_files(journal->handle) <= 0 &&
	    sd_journal_has_persistent_files(journal->handle) <= 0)
		note(journal, LOG_WARNING,
		     "journal: no file of it can be read: is there one, and is this user in the group systemd-journal?");
	/* one byte more than is kept, to recognise what was cut */
	return sd_journal_set_data_threshold(journal->handle,
					     strlen("MESSAGE=") + LINE_BUFFER_LINE + 1);
}

int journal_new(struct journal **out, const struct journal_options *options)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	int r;

	if (!journal)
		return -ENOMEM;
	journal->events = options->events;
	r = journal_units_make(&journal->units, options->units);
	if (r >= 0)
		r = open_journal(journal, options->directory);
	/* before anything is read, else nothing would report what is written in between */
	if (r >= 0)
		r = add_event_sources(journal, options->event);
	if (r >= 0) {
		note_units(journal);
		r = start(journal, options);
	}
	if (r < 0) {
		journal_free(journal);
		return r;
	}
	*out = journal;
	return 0;
}

static void source_free(sd_event_source *source)
{
	sd_event_source_disable_unref(source);
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	source_free(journal->io);
	source_free(journal->timer);
	source_free(journal->more);
	sd_journal_close(journal->handle);
	journal_units_free(&journal->units);
	free(journal->cursor);
	journal_position_free(&journal->start);
	free(journal);
}

bool journal_behind(const struct journal *journal)
{
	int on = SD_EVENT_OFF;

	return sd_event_source_get_enabled(journal->more, &on) >= 0 && on != SD_EVENT_OFF;
}
