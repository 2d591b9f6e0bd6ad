/* SPDX-License-Identifier: MIT */
/* blocker_print: for --dry-run. Reports each change instead of making it. */
#include <stdio.h>
#include <syslog.h>

#include "enforce/blocker.h"
#include "util/units.h"

static int print_open(struct blocker *blocker, enum blocker_family family)
{
	(void)blocker;
	(void)family;
	return 0;
}

static void print_entries(struct blocker *blocker, enum blocker_family family,
			  struct blocker_entry *entries, size_t n, bool add)
{
	char prefix[PREFIX_TEXT], left[DURATION_TEXT], text[256];

	for (size_t i = 0; i < n; i++) {
		entries[i].result = 0;
		if (!blocker->note)
			continue;
		prefix_format(&entries[i].prefix, prefix);
		if (add)
			snprintf(text, sizeof(text), "would add %s to %s for %s", prefix,
				 blocker_list(blocker, family),
				 duration_format(entries[i].left, left));
		else
			snprintf(text, sizeof(text), "would remove %s from %s", prefix,
				 blocker_list(blocker, family));
		blocker->note(blocker->context, LOG_INFO, text);
	}
}

static void print_add(struct blocker *blocker, enum blocker_family family,
		      struct blocker_entry *entries, size_t n)
{
	print_entries(blocker, family, entries, n, true);
}

static void print_del(struct blocker *blocker, enum blocker_family family,
		      struct blocker_entry *entries, size_t n)
{
	print_entries(blocker, family, entries, n, false);
}

static void print_close(struct blocker *blocker)
{
	(void)blocker;
}

/* Without reconcile(): it has no list that could change. */
const struct blocker_ops blocker_print = {
	.name = "print",
	.caps = BLOCKER_EXPIRES,
	.open = print_open,
	.add = print_add,
	.del = print_del,
	.close = print_close,
};
