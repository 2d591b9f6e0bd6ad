/* SPDX-License-Identifier: MIT */
#include "journal_position.h"
#include "util/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Clocks step; so much later an entry is behind the place whatever became of the cursor's own. */
#define GRACE UNITS_HOUR

static bool is_here(sd_journal *journal, const char *cursor)
{
	return sd_journal_test_cursor(journal, cursor) > 0;
}

static int64_t time_here(sd_journal *journal)
{
	uint64_t time;

	return sd_journal_get_realtime_usec(journal, &time) < 0 ? 0 : (int64_t)time;
}

/* Stands at the first entry at the cursor or behind it. Returns 1, 0 when there is none, or -errno. */
static int stand_at(sd_journal *journal, const char *cursor)
{
	int r = sd_journal_seek_cursor(journal, cursor);

	return r < 0 ? r : sd_journal_next(journal);
}

int journal_position_look(sd_journal *journal, const char *cursor, int64_t *next)
{
	int r = stand_at(journal, cursor);

	*next = 0;
	if (r <= 0)
		return r;
	if (is_here(journal, cursor))
		return 1;
	*next = time_here(journal);
	return 0;
}

int journal_position_start(struct journal_position *place, sd_journal *journal, const char *cursor,
			   int64_t fill_since)
{
	int r = stand_at(journal, cursor);

	if (r < 0)
		return r;
	place->cursor = strdup(cursor);
	if (!place->cursor)
		return -ENOMEM;
	if (r > 0) {
		place->until = time_here(journal);
		place->is_there = is_here(journal, cursor);
		place->fill = fill_since > 0;
	}
	if (place->fill)
		return sd_journal_seek_realtime_usec(journal, (uint64_t)fill_since);
	return sd_journal_seek_cursor(journal, cursor);
}

int journal_position_now(sd_journal *journal)
{
	int r = sd_journal_seek_tail(journal);

	if (r >= 0)
		r = sd_journal_previous(journal);
	/* from the tail of a journal without one of ours next() would never come to any; the head is before all
	 * that will come */
	return r == 0 ? sd_journal_seek_head(journal) : r;
}

static void passed(struct journal_position *place)
{
	free(place->cursor);
	place->cursor = NULL;
	place->fill = false;
}

enum journal_turn journal_position_of(struct journal_position *place, sd_journal *journal)
{
	const int64_t until = place->until + (place->is_there ? GRACE : 0);
	bool fill = place->fill;

	if (!place->cursor)
		return JOURNAL_NEW;
	if (is_here(journal, place->cursor)) {
		passed(place);
		return fill ? JOURNAL_FILL : JOURNAL_DONE;
	}
	if (!fill || time_here(journal) >= until) {
		passed(place);
		return JOURNAL_NEW;
	}
	return JOURNAL_FILL;
}

void journal_position_free(struct journal_position *place)
{
	passed(place);
}
