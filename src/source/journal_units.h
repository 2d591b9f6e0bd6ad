/* SPDX-License-Identifier: MIT */
/* journal_units: the units whose entries are read, by name or glob. A name without a suffix means ".service". */
#ifndef RELAYDAM_SOURCE_JOURNAL_UNITS_H
#define RELAYDAM_SOURCE_JOURNAL_UNITS_H

#include <stdbool.h>
#include <systemd/sd-journal.h>

#include "util/span.h"

struct journal_units {
	char **names; /* whole, NULL at the end */
	bool has_glob;
};

/* units: NULL at the end, may be NULL. Returns 0, -EINVAL if there is none, or -ENOMEM; in any case free it with journal_units_free(). */
int journal_units_make(struct journal_units *out, const char *const *units);
void journal_units_free(struct journal_units *units);

/* Does the glob match? The bytes come from the journal; with a NUL among them they are not a unit's name. */
bool journal_unit_is(struct span unit, const char *glob);

/* Is the unit one of them? */
bool journal_units_have(const struct journal_units *units, struct span unit);

/* Restricts the journal to their entries; not if one is a glob, which the journal cannot match. Returns >= 0 or -errno. */
int journal_units_match(const struct journal_units *units, sd_journal *journal);

#endif
