/* SPDX-License-Identifier: MIT */
/*
 * journalplace: where in the journal reading begins, and which entries were handled before that.
 * A cursor is trusted as far as it finds its entry; where vacuuming took the entry away, times decide.
 */
#ifndef RELAYDAM_JOURNALPLACE_H
#define RELAYDAM_JOURNALPLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-journal.h>

struct journal_place {
	char *cursor;  /* NULL when it is passed */
	int64_t until; /* time of the first entry there or behind it, microseconds since 1970 */
	bool is_there; /* the very entry is in the journal, and matches */
	bool fill;     /* entries before it are read again */
};

enum place {
	PLACE_NEW,  /* behind the place */
	PLACE_FILL, /* handled before, to be read again */
	PLACE_DONE, /* handled before */
};

/*
 * Asks the whole journal, so before there are matches. Returns 1 when the cursor's entry is there; 0 when it is gone,
 * *next is then the time of the oldest one behind it, 0 for none; -EINVAL for no cursor, or another -errno.
 */
int place_look(sd_journal *journal, const char *cursor, int64_t *next);

/*
 * So that sd_journal_next() comes to what is behind the cursor; with fill_since, to what is behind that time.
 * After the matches. Returns 0 or -errno; place_free() in both cases.
 */
int place_start(struct journal_place *place, sd_journal *journal, const char *cursor,
		int64_t fill_since);

/* So that sd_journal_next() comes to what is yet to be written. Returns 1 behind an entry, at which the journal stands; 0 when there is none; or -errno. */
int place_now(sd_journal *journal);

/* Of each entry in turn. */
enum place place_of(struct journal_place *place, sd_journal *journal);

void place_free(struct journal_place *place);

#endif
