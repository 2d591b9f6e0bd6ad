/* SPDX-License-Identifier: MIT */
#include "enforce/block_list.h"

#include <errno.h>
#include <stdlib.h>

#include "block_list_family.h"
#include "util/array.h"

int block_list_new(struct block_list **out, struct blocker *blocker, uint32_t max,
		   const struct seed *seed, const struct block_list_callbacks *ear)
{
	struct block_list *blocked = calloc(1, sizeof(*blocked));
	int r = blocked ? block_list_entries_new(&blocked->entries, max, seed) : -ENOMEM;

	if (r < 0) {
		free(blocked);
		return r;
	}
	blocked->blocker = blocker;
	blocked->ear = *ear;
	for (int family = 0; family < BLOCKER_FAMILIES; family++)
		blocked->side[family].family = (enum blocker_family)family;
	*out = blocked;
	return 0;
}

void block_list_free(struct block_list *blocked)
{
	if (!blocked)
		return;
	blocked->blocker->ops->close(blocked->blocker);
	block_list_entries_free(blocked->entries);
	free(blocked);
}

int block_list_start(struct block_list *blocked, int64_t now)
{
	for (int family = 0; family < BLOCKER_FAMILIES; family++) {
		int r = block_list_family_look(blocked, &blocked->side[family], now);

		if (r < 0)
			return r;
	}
	return 0;
}

static void forget(struct block_list *blocked, struct block_list_entry *entry)
{
	struct prefix prefix = entry->prefix;

	block_list_queue_take(&block_list_family_of(blocked, entry)->queue[entry->state], entry);
	block_list_entries_remove(blocked->entries, entry);
	if (blocked->ear.told)
		blocked->ear.told(blocked->ear.context, &prefix, BLOCK_LIST_NONE);
}

/* Out of the kernel, unless it ends the entry itself just now, and out of mind. */
static void end(struct block_list *blocked, struct block_list_entry *entry, int64_t now)
{
	bool by_itself = blocked->blocker->ops->caps & BLOCKER_EXPIRES &&
			 entry->until_written <= now;

	if (entry->state == BLOCK_LIST_HELD && !by_itself)
		block_list_family_del(blocked, block_list_family_of(blocked, entry), &entry, 1,
				      now);
	forget(blocked, entry);
}

/* Ends, and renewals. */
static void do_due(struct block_list *blocked, int64_t now)
{
	struct block_list_entry *entry;

	while ((entry = block_list_entries_first(blocked->entries)) && entry->heap.due <= now) {
		block_list_entries_expire(blocked->entries, entry, now);
		if (entry->reasons == 0)
			end(blocked, entry, now);
		else if (entry->state == BLOCK_LIST_HELD)
			block_list_family_add(blocked, block_list_family_of(blocked, entry), &entry,
					      1, false, now);
		else
			block_list_family_due(blocked, entry);
	}
}

/* Who is forgotten when there is no room for another: what is in no list, then the oldest ban. */
static struct block_list_entry *least_wanted(const struct block_list *blocked)
{
	static const enum block_list_state order[] = { BLOCK_LIST_WAITING, BLOCK_LIST_REFUSED,
						       BLOCK_LIST_HELD, BLOCK_LIST_PENDING };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		for (int family = 0; family < BLOCKER_FAMILIES; family++)
			if (blocked->side[family].queue[order[i]].head)
				return blocked->side[family].queue[order[i]].head;
	return NULL; /* the store is not full */
}

int block_list_add(struct block_list *blocked, const struct addr *addr, uint32_t reason,
		   int64_t until, int64_t now)
{
	const struct blocker_conf *conf = blocked->blocker->conf;
	struct prefix prefix = prefix_of(addr, (unsigned)conf->prefix4, (unsigned)conf->prefix6);
	struct block_list_entry *entry;
	int r = 0;

	if (until <= now || reason >= BLOCK_LIST_REASONS)
		return -EINVAL;
	while (block_list_entries_put(blocked->entries, &prefix, reason, until, now, &entry) < 0) {
		struct block_list_entry *oldest = least_wanted(blocked);

		blocked->counts.forgotten++;
		end(blocked, oldest, now);
		r = 1;
	}
	entry->order = ++blocked->order;
	if (entry->state == BLOCK_LIST_HELD) {
		/* it is the newest now; who keeps a time of its own for it must be told the new one */
		block_list_family_move(blocked, entry, BLOCK_LIST_HELD);
		if (entry->until != entry->until_written)
			block_list_entries_due(blocked->entries, entry, now);
	} else {
		block_list_family_move(blocked, entry, BLOCK_LIST_PENDING);
	}
	return r;
}

int block_list_end(struct block_list *blocked, const struct addr *addr, uint32_t reason,
		   int64_t now)
{
	const struct blocker_conf *conf = blocked->blocker->conf;
	struct prefix prefix = prefix_of(addr, (unsigned)conf->prefix4, (unsigned)conf->prefix6);
	struct block_list_entry *entry = block_list_entries_find(blocked->entries, &prefix);

	if (!entry || block_list_entries_end(blocked->entries, entry, reason) < 0)
		return -ENOENT;
	if (entry->reasons == 0)
		end(blocked, entry, now);
	else
		block_list_family_due(blocked, entry);
	return 0;
}

int64_t block_list_run(struct block_list *blocked, int64_t now)
{
	const struct block_list_entry *first;
	int64_t next = INT64_MAX;

	do_due(blocked, now);
	for (int family = 0; family < BLOCKER_FAMILIES; family++) {
		int64_t side = block_list_family_run(blocked, &blocked->side[family], now);

		if (side < next)
			next = side;
	}
	first = block_list_entries_first(blocked->entries);
	return first && first->heap.due < next ? first->heap.due : next;
}

enum block_list_state block_list_ask(const struct block_list *blocked, const struct addr *addr,
				     uint32_t *reasons)
{
	const struct blocker_conf *conf = blocked->blocker->conf;
	struct prefix prefix = prefix_of(addr, (unsigned)conf->prefix4, (unsigned)conf->prefix6);
	const struct block_list_entry *entry = block_list_entries_find(blocked->entries, &prefix);

	if (reasons)
		*reasons = entry ? entry->reasons : 0;
	return entry ? (enum block_list_state)entry->state : BLOCK_LIST_NONE;
}

struct block_list_counts block_list_counts(const struct block_list *blocked)
{
	struct block_list_counts counts = blocked->counts;

	for (int family = 0; family < BLOCKER_FAMILIES; family++) {
		const struct block_list_family *side = &blocked->side[family];

		counts.held[family] = side->queue[BLOCK_LIST_HELD].n;
		counts.waiting[family] = side->queue[BLOCK_LIST_WAITING].n;
		counts.others[family] = side->others;
		counts.slots[family] = blocked->blocker->slots[family];
		counts.away[family] = side->away;
	}
	return counts;
}
