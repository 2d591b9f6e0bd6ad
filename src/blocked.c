/* SPDX-License-Identifier: MIT */
#include "blocked.h"

#include <errno.h>
#include <stdlib.h>

#include "blocked_side.h"

int blocked_new(struct blocked **out, struct blocker *blocker, uint32_t max,
		const struct seed *seed, const struct blocked_ear *ear)
{
	struct blocked *blocked = calloc(1, sizeof(*blocked));
	int r = blocked ? blocked_entries_new(&blocked->entries, max, seed) : -ENOMEM;

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

void blocked_free(struct blocked *blocked)
{
	if (!blocked)
		return;
	blocked->blocker->ops->close(blocked->blocker);
	blocked_entries_free(blocked->entries);
	free(blocked);
}

int blocked_start(struct blocked *blocked, int64_t now)
{
	for (int family = 0; family < BLOCKER_FAMILIES; family++) {
		int r = blocked_side_look(blocked, &blocked->side[family], now);

		if (r < 0)
			return r;
	}
	return 0;
}

static void forget(struct blocked *blocked, struct blocked_entry *entry)
{
	struct prefix prefix = entry->prefix;

	blocked_queue_take(&blocked_side_of(blocked, entry)->queue[entry->state], entry);
	blocked_entries_remove(blocked->entries, entry);
	if (blocked->ear.told)
		blocked->ear.told(blocked->ear.context, &prefix, BLOCKED_NONE);
}

/* Out of the kernel, unless it ends the entry itself just now, and out of mind. */
static void end(struct blocked *blocked, struct blocked_entry *entry, int64_t now)
{
	bool by_itself = blocked->blocker->ops->caps & BLOCKER_EXPIRES &&
			 entry->until_written <= now;

	if (entry->state == BLOCKED_HELD && !by_itself)
		blocked_side_del(blocked, blocked_side_of(blocked, entry), &entry, 1, now);
	forget(blocked, entry);
}

/* Ends, and renewals. */
static void do_due(struct blocked *blocked, int64_t now)
{
	struct blocked_entry *entry;

	while ((entry = blocked_entries_first(blocked->entries)) && entry->heap.due <= now) {
		blocked_entries_expire(blocked->entries, entry, now);
		if (entry->reasons == 0)
			end(blocked, entry, now);
		else if (entry->state == BLOCKED_HELD)
			blocked_side_add(blocked, blocked_side_of(blocked, entry), &entry, 1, false,
					 now);
		else
			blocked_side_due(blocked, entry);
	}
}

/* Who is forgotten when there is no room for another: what is in no list, then the oldest ban. */
static struct blocked_entry *least_wanted(const struct blocked *blocked)
{
	static const enum blocked_state order[] = { BLOCKED_WAITING, BLOCKED_REFUSED, BLOCKED_HELD,
						    BLOCKED_PENDING };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (int family = 0; family < BLOCKER_FAMILIES; family++)
			if (blocked->side[family].queue[order[i]].head)
				return blocked->side[family].queue[order[i]].head;
	return NULL; /* the store is not full */
}

int blocked_add(struct blocked *blocked, const struct addr *addr, uint32_t reason, int64_t until,
		int64_t now)
{
	const struct blocker_conf *conf = blocked->blocker->conf;
	struct prefix prefix = prefix_of(addr, (unsigned)conf->prefix4, (unsigned)conf->prefix6);
	struct blocked_entry *entry;
	int r = 0;

	if (until <= now || reason >= BLOCKED_REASONS)
		return -EINVAL;
	while (blocked_entries_put(blocked->entries, &prefix, reason, until, now, &entry) < 0) {
		struct blocked_entry *oldest = least_wanted(blocked);

		blocked->counts.forgotten++;
		end(blocked, oldest, now);
		r = 1;
	}
	entry->order = ++blocked->order;
	if (entry->state == BLOCKED_HELD) {
		/* it is the newest now; who keeps a time of its own for it must be told the new one */
		blocked_side_move(blocked, entry, BLOCKED_HELD);
		if (entry->until != entry->until_written)
			blocked_entries_due(blocked->entries, entry, now);
	} else {
		blocked_side_move(blocked, entry, BLOCKED_PENDING);
	}
	return r;
}

int blocked_end(struct blocked *blocked, const struct addr *addr, uint32_t reason, int64_t now)
{
	const struct blocker_conf *conf = blocked->blocker->conf;
	struct prefix prefix = prefix_of(addr, (unsigned)conf->prefix4, (unsigned)conf->prefix6);
	struct blocked_entry *entry = blocked_entries_find(blocked->entries, &prefix);

	if (!entry || blocked_entries_end(blocked->entries, entry, reason) < 0)
		return -ENOENT;
	if (entry->reasons == 0)
		end(blocked, entry, now);
	else
		blocked_side_due(blocked, entry);
	return 0;
}

int64_t blocked_run(struct blocked *blocked, int64_t now)
{
	const struct blocked_entry *first;
	int64_t next = INT64_MAX;

	do_due(blocked, now);
	for (int family = 0; family < BLOCKER_FAMILIES; family++) {
		int64_t side = blocked_side_run(blocked, &blocked->side[family], now);

		if (side < next)
			next = side;
	}
	first = blocked_entries_first(blocked->entries);
	return first && first->heap.due < next ? first->heap.due : next;
}

enum blocked_state blocked_ask(const struct blocked *blocked, const struct addr *addr,
			       uint32_t *reasons)
{
	const struct blocker_conf *conf = blocked->blocker->conf;
	struct prefix prefix = prefix_of(addr, (unsigned)conf->prefix4, (unsigned)conf->prefix6);
	const struct blocked_entry *entry = blocked_entries_find(blocked->entries, &prefix);

	if (reasons)
		*reasons = entry ? entry->reasons : 0;
	return entry ? (enum blocked_state)entry->state : BLOCKED_NONE;
}

struct blocked_counts blocked_counts(const struct blocked *blocked)
{
	struct blocked_counts counts = blocked->counts;

	for (int family = 0; family < BLOCKER_FAMILIES; family++) {
		const struct blocked_side *side = &blocked->side[family];

		counts.held[family] = side->queue[BLOCKED_HELD].n;
		counts.waiting[family] = side->queue[BLOCKED_WAITING].n;
		counts.others[family] = side->others;
		counts.slots[family] = blocked->blocker->slots[family];
		counts.away[family] = side->away;
	}
	return counts;
}
