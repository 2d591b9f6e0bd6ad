/* SPDX-License-Identifier: MIT */
#include "journal_position.h"
#include "util/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Clocks step. An entry that is later by more than this is new, even if the cursor's entry did not come. */
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

/* Moves to the cursor's entry or the first one after it. Returns 1, 0 if there is none, or -errno. */
static int move_to(sd_journal *journal, const char *cursor)
{
	int r = sd_journal_seek_cursor(journal, cursor);

	return r < 0 ? r : sd_journal_next(journal);
}

int journal_position_find(sd_journal *journal, const char *cursor, int64_t *next)
{
	int r = move_to(journal, cursor);

	*next = 0;
	if (r <= 0)
		return r;
	if (is_here(journal, cursor))
		return 1;
	*next = time_here(journal);
	return 0;
}

int journal_position_start(struct journal_position *position, sd_journal *journal,
			   const char *cursor, int64_t fill_since)
{
	int r = move_to(journal, cursor);

	if (r < 0)
		return r;
	position->cursor = strdup(cursor);
	if (!position->cursor)
		return -ENOMEM;
	if (r > 0) {
		position->until = time_here(journal);
		position->is_there = is_here(journal, cursor);
		position->fill = fill_since > 0;
	}
	if (position->fill)
		return sd_journal_seek_realtime_usec(journal, (uint64_t)fill_since);
	return sd_journal_seek_cursor(journal, cursor);
}

int journal_position_now(sd_journal *journal)
{
	int r = sd_journal_seek_tail(journal);

	if (r >= 0)
		r = sd_journal_previous(journal);
	/* from the tail of a journal that has no entry of ours, next() would never find one; from the head it will */
	return r == 0 ? sd_journal_seek_head(journal) : r;
}

static void passed(struct journal_position *position)
{
	free(position->cursor);
	position->cursor = NULL;
	position->fill = false;
}

enum journal_class journal_position_classify(struct journal_position *position, sd_journal *journal)
{
	const int64_t until = position->until + (position->is_there ? GRACE : 0);
	bool fill = position->fill;

	if (!position->cursor)
		return JOURNAL_NEW;
	if (is_here(journal, position->cursor)) {
		passed(position);
		return fill ? JOURNAL_FILL : JOURNAL_DONE;
	}
	if (!fill || time_here(journal) >= until) {
		passed(position);
		return JOURNAL_NEW;
	}
	return JOURNAL_FILL;
}

void journal_position_free(struct journal_position *position)
{
	passed(position);
}
