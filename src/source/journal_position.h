/* SPDX-License-Identifier: MIT */
/*
 * journal_position: where in the journal reading begins, and which entries were handled before that.
 * A cursor is trusted as far as it finds its entry; where vacuuming took the entry away, times decide.
 */
#ifndef RELAYDAM_SOURCE_JOURNAL_POSITION_H
#define RELAYDAM_SOURCE_JOURNAL_POSITION_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-journal.h>

struct journal_position {
	char *cursor;  /* NULL when it is passed */
	int64_t until; /* time of the first entry there or behind it, microseconds since 1970 */
	bool is_there; /* the very entry is in the journal, and matches */
	bool fill;     /* entries before it are read again */
};

enum journal_turn {
	JOURNAL_NEW,  /* behind the place */
	JOURNAL_FILL, /* handled before, to be read again */
	JOURNAL_DONE, /* handled before */
};

/*
 * Asks the whole journal, so before there are matches. Returns 1 when the cursor's entry is there; 0 when it is gone,
 * *next is then the time of the oldest one behind it, 0 for none; -EINVAL for no cursor, or another -errno.
 */
int journal_position_look(sd_journal *journal, const char *cursor, int64_t *next);

/*
 * So that sd_journal_next() comes to what is behind the cursor; with fill_since, to what is behind that time.
 * After the matches. Returns 0 or -errno; journal_position_free() in both cases.
 */
int journal_position_start(struct journal_position *place, sd_journal *journal, const char *cursor,
			   int64_t fill_since);

/* So that sd_journal_next() comes to what is yet to be written. Returns 1 behind an entry, at which the journal stands; 0 when there is none; or -errno. */
int journal_position_now(sd_journal *journal);

/* Of each entry in turn. */
enum journal_turn journal_position_of(struct journal_position *place, sd_journal *journal);

void journal_position_free(struct journal_position *place);

#endif
