/* SPDX-License-Identifier: MIT */
/*
 * journal_position: where in the journal reading starts, and which entries were handled before. The cursor decides if its entry
 * is found; if it was vacuumed, times decide.
 */
#ifndef RELAYDAM_SOURCE_JOURNAL_POSITION_H
#define RELAYDAM_SOURCE_JOURNAL_POSITION_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-journal.h>

struct journal_position {
	char *cursor; /* NULL once it was passed */
	int64_t until; /* time of the cursor's entry or the first one after it, microseconds since 1970 */
	bool is_there; /* the cursor's own entry is in the journal and matches */
	bool fill;     /* entries before it are read again */
};

enum journal_class {
	JOURNAL_NEW,  /* after the cursor */
	JOURNAL_FILL, /* handled before, read again to fill windows */
	JOURNAL_DONE, /* handled before, to be ignored */
};

/*
 * Searches the whole journal: call it before matches are added. Returns 1 if the cursor's entry exists; 0 if it was deleted, and
 * sets *next to the time of the oldest entry after it, 0 for none; -EINVAL if the text is no cursor; or -errno.
 */
int journal_position_find(sd_journal *journal, const char *cursor, int64_t *next);

/*
 * Makes sd_journal_next() continue after the cursor; with fill_since > 0, after that time. Call it after matches were added.
 * Returns 0 or -errno; in both cases free it with journal_position_free().
 */
int journal_position_start(struct journal_position *position, sd_journal *journal,
			   const char *cursor, int64_t fill_since);

/* Makes sd_journal_next() continue with entries yet to be written. Returns 1 if the journal is at its last entry, 0 if it has none, or -errno. */
int journal_position_now(sd_journal *journal);

/* Classifies the current entry. Call it for every entry, in order. */
enum journal_class journal_position_classify(struct journal_position *position,
					     sd_journal *journal);

void journal_position_free(struct journal_position *position);

#endif
