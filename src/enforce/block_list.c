/* SPDX-License-Identifier: MIT */
#include "enforce/block_list.h"

#include <errno.h>
#include <stdlib.h>

#include "block_list_family.h"
#include "util/array.h"

struct block_list {
	struct blocker *blocker;
	struct block_list_callbacks callbacks;
	struct block_list_entries *entries;
	struct block_list_family families[BLOCKER_FAMILIES];
	uint64_t forgotten;
	uint64_t order; /* number of the last ban */
};

static struct block_list_family *family_of(struct block_list *list,
					   const struct block_list_entry *entry)
{
	return &list->families[blocker_family_of(&entry->prefix.addr)];
}

int block_list_new(struct block_list **out, struct blocker *blocker, uint32_t max,
		   const struct seed *seed, const struct block_list_callbacks *callbacks)
{
	struct block_list *list = calloc(1, sizeof(*list));
	int r = list ? block_list_entries_new(&list->entries, max, seed) : -ENOMEM;

	if (r < 0) {
		free(list);
		return r;
	}
	list->blocker = blocker;
	list->callbacks = *callbacks;
	for (int i = 0; i < BLOCKER_FAMILIES; i++)
		list->families[i] = (struct block_list_family){ .id = (enum blocker_family)i,
								.blocker = blocker,
								.entries = list->entries,
								.callbacks = &list->callbacks };
	*out = list;
	return 0;
}

void block_list_free(struct block_list *list)
{
	if (!list)
		return;
	list->blocker->ops->close(list->blocker);
	block_list_entries_free(list->entries);
	free(list);
}

int block_list_start(struct block_list *list, int64_t now)
{
	for (int i = 0; i < BLOCKER_FAMILIES; i++) {
		int r = block_list_family_check(&list->families[i], now);

		if (r < 0)
			return r;
	}
	return 0;
}

static void forget(struct block_list *list, struct block_list_entry *entry)
{
	struct prefix prefix = entry->prefix;

	block_list_queue_take(&family_of(list, entry)->queue[entry->state], entry);
	block_list_entries_remove(list->entries, entry);
	if (list->callbacks.changed)
		list->callbacks.changed(list->callbacks.context, &prefix, BLOCK_LIST_NONE);
}

/* Removes the entry, also from the kernel unless the kernel ends it by itself just now. */
static void end(struct block_list *list, struct block_list_entry *entry, int64_t now)
{
	bool expired = list->blocker->ops->caps & BLOCKER_EXPIRES && entry->until_written <= now;

	if (entry->state == BLOCK_LIST_HELD && !expired)
		block_list_family_del(family_of(list, entry), &entry, 1, now);
	forget(list, entry);
}

/* Ends and renews the entries that are due. */
static void run_due(struct block_list *list, int64_t now)
{
	struct block_list_entry *entry;

	while ((entry = block_list_entries_first(list->entries)) && entry->heap.due <= now) {
		block_list_entries_expire(list->entries, entry, now);
		if (entry->reasons == 0)
			end(list, entry, now);
		else if (entry->state == BLOCK_LIST_HELD)
			block_list_family_add(family_of(list, entry), &entry, 1, false, now);
		else
			block_list_family_schedule(family_of(list, entry), entry);
	}
}

/* The entry to drop when there is no room for another: one that is not in the kernel, else the oldest ban. */
static struct block_list_entry *least_wanted(const struct block_list *list)
{
	static const enum block_list_state order[] = { BLOCK_LIST_WAITING, BLOCK_LIST_REFUSED,
						       BLOCK_LIST_HELD, BLOCK_LIST_PENDING };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		for (int f = 0; f < BLOCKER_FAMILIES; f++)
			if (list->families[f].queue[order[i]].head)
				return list->families[f].queue[order[i]].head;
	return NULL; /* no entries at all */
}

int block_list_add(struct block_list *list, const struct addr *addr, uint32_t reason, int64_t until,
		   int64_t now)
{
	const struct blocker_conf *conf = list->blocker->conf;
	struct prefix prefix = prefix_of(addr, (unsigned)conf->prefix4, (unsigned)conf->prefix6);
	struct block_list_family *family = &list->families[blocker_family_of(addr)];
	struct block_list_entry *entry;
	int r = 0;

	if (until <= now || reason >= BLOCK_LIST_REASONS)
		return -EINVAL;
	while (block_list_entries_put(list->entries, &prefix, reason, until, now, &entry) < 0) {
		struct block_list_entry *oldest = least_wanted(list);

		list->forgotten++;
		end(list, oldest, now);
		r = 1;
	}
	entry->order = ++list->order;
	if (entry->state == BLOCK_LIST_HELD) {
		/* now the newest; a blocker whose entries expire needs the new end */
		block_list_family_move(family, entry, BLOCK_LIST_HELD);
		if (entry->until != entry->until_written)
			block_list_entries_due(list->entries, entry, now);
	} else {
		block_list_family_move(family, entry, BLOCK_LIST_PENDING);
	}
	return r;
}

int block_list_end(struct block_list *list, const struct addr *addr, uint32_t reason, int64_t now)
{
	const struct blocker_conf *conf = list->blocker->conf;
	struct prefix prefix = prefix_of(addr, (unsigned)conf->prefix4, (unsigned)conf->prefix6);
	struct block_list_entry *entry = block_list_entries_find(list->entries, &prefix);

	if (!entry || block_list_entries_end(list->entries, entry, reason) < 0)
		return -ENOENT;
	if (entry->reasons == 0)
		end(list, entry, now);
	else
		block_list_family_schedule(family_of(list, entry), entry);
	return 0;
}

int64_t block_list_run(struct block_list *list, int64_t now)
{
	const struct block_list_entry *first;
	int64_t next = INT64_MAX;

	run_due(list, now);
	for (int i = 0; i < BLOCKER_FAMILIES; i++) {
		int64_t wanted = block_list_family_run(&list->families[i], now);

		if (wanted < next)
			next = wanted;
	}
	first = block_list_entries_first(list->entries);
	return first && first->heap.due < next ? first->heap.due : next;
}

enum block_list_state block_list_ask(const struct block_list *list, const struct addr *addr,
				     uint32_t *reasons)
{
	const struct blocker_conf *conf = list->blocker->conf;
	struct prefix prefix = prefix_of(addr, (unsigned)conf->prefix4, (unsigned)conf->prefix6);
	const struct block_list_entry *entry = block_list_entries_find(list->entries, &prefix);

	if (reasons)
		*reasons = entry ? entry->reasons : 0;
	return entry ? (enum block_list_state)entry->state : BLOCK_LIST_NONE;
}

struct block_list_counts block_list_counts(const struct block_list *list)
{
	struct block_list_counts counts = { .forgotten = list->forgotten };

	for (int i = 0; i < BLOCKER_FAMILIES; i++) {
		const struct block_list_family *family = &list->families[i];

		counts.held[i] = family->queue[BLOCK_LIST_HELD].n;
		counts.waiting[i] = family->queue[BLOCK_LIST_WAITING].n;
		counts.others[i] = family->others;
		counts.capacity[i] = list->blocker->capacity[i];
		counts.missing[i] = family->missing;
		counts.written += family->totals.written;
		counts.renewed += family->totals.renewed;
		counts.removed += family->totals.removed;
		counts.displaced += family->totals.displaced;
		counts.lost += family->totals.lost;
		counts.rebuilt += family->totals.rebuilt;
		counts.refused += family->totals.refused;
	}
	return counts;
}
