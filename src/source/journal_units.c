/* SPDX-License-Identifier: MIT */
#include "journal_units.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal_entry.h"

int journal_units_make(struct journal_units *out, const char *const *units)
{
	size_t n = 0;

	*out = (struct journal_units){ .names = NULL };
	while (units && units[n])
		n++;
	if (n == 0)
		return -EINVAL;
	out->names = calloc(n + 1, sizeof(*out->names));
	if (!out->names)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *suffix = strchr(units[i], '.') ? "" : ".service";

		if (asprintf(&out->names[i], "%s%s", units[i], suffix) < 0) {
			out->names[i] = NULL;
			return -ENOMEM;
		}
		out->has_glob |= strpbrk(units[i], "*?[") != NULL;
	}
	return 0;
}

void journal_units_free(struct journal_units *units)
{
	for (char **name = units->names; name && *name; name++)
		free(*name);
	free(units->names);
}

bool journal_unit_is(struct span unit, const char *glob)
{
	char name[JOURNAL_ENTRY_SHORT + 1];

	if (unit.n == 0 || unit.n > JOURNAL_ENTRY_SHORT || memchr(unit.p, '\0', unit.n))
		return false;
	memcpy(name, unit.p, unit.n);
	name[unit.n] = '\0';
	return fnmatch(glob, name, 0) == 0;
}

bool journal_units_have(const struct journal_units *units, struct span unit)
{
	for (char **name = units->names; *name; name++)
		if (journal_unit_is(unit, *name))
			return true;
	return false;
}

int journal_units_match(const struct journal_units *units, sd_journal *journal)
{
	int r = 0;

	for (char **name = units->names; r >= 0 && !units->has_glob && *name; name++) {
		char *match;

		if (asprintf(&match, "_SYSTEMD_UNIT=%s", *name) < 0)
			return -ENOMEM;
		r = sd_journal_add_match(journal, match, 0);
		free(match);
	}
	return r;
}
