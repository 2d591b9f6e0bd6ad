/* SPDX-License-Identifier: MIT */
/* journal_units: the units whose entries are wanted of the journal, by name or by glob; without a suffix, ".service". */
#ifndef RELAYDAM_SOURCE_JOURNAL_UNITS_H
#define RELAYDAM_SOURCE_JOURNAL_UNITS_H

#include <stdbool.h>
#include <systemd/sd-journal.h>

#include "util/span.h"

struct journal_units {
	char **names; /* whole, NULL at the end */
	bool has_glob;
};

/* units: NULL at the end, may be NULL. Returns 0, -EINVAL when there is none, or -ENOMEM; in any case journal_units_free() it. */
int journal_units_make(struct journal_units *out, const char *const *units);
void journal_units_free(struct journal_units *units);

/* The bytes are the journal's: they may hold a NUL, and then are no unit's name. */
bool journal_unit_is(struct span unit, const char *glob);

/* Is the unit one of them? */
bool journal_units_have(const struct journal_units *units, struct span unit);

/* Has the journal hand out their entries alone. A glob is no match that it knows: then all. Returns >= 0 or -errno. */
int journal_units_match(const struct journal_units *units, sd_journal *journal);

#endif
