/* SPDX-License-Identifier: MIT */
#include "block_list_family.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "util/units.h"

/* Microseconds: from the first to the longest pause between two tries, and between two looks at a list. */
enum { NAP_LEAST = 100000, NAP_MOST = 10000000, LOOK = 5000000, RECONCILE = 30000000 };

static void note(const struct block_list *blocked, int priority, const char *text)
{
	if (blocked->ear.note)
		blocked->ear.note(blocked->ear.context, priority, text);
}

struct block_list_family *block_list_family_of(struct block_list *blocked,
					       const struct block_list_entry *entry)
{
	return &blocked->side[blocker_family_of(&entry->prefix.addr)];
}

static void tell(const struct block_list *blocked, const struct block_list_entry *entry)
{
	if (entry->state != BLOCK_LIST_PENDING && blocked->ear.told)
		blocked->ear.told(blocked->ear.context, &entry->prefix,
				  (enum block_list_state)entry->state);
}

static void leave_queue(struct block_list *blocked, struct block_list_entry *entry)
{
	if (entry->state != BLOCK_LIST_NONE)
		block_list_queue_take(&block_list_family_of(blocked, entry)->queue[entry->state],
				      entry);
}

void block_list_family_move(struct block_list *blocked, struct block_list_entry *entry,
			    enum block_list_state state)
{
	bool news = entry->state != state;

	leave_queue(blocked, entry);
	entry->state = (uint8_t)state;
	block_list_queue_append(&block_list_family_of(blocked, entry)->queue[state], entry);
	block_list_family_due(blocked, entry);
	if (news)
		tell(blocked, entry);
}

/*
 * Into HELD in the order of the bans: among the oldest, so the walk is short; it is no longer than there are slots,
 * and where they have no bound the order does not matter.
 */
static void move_back(struct block_list *blocked, struct block_list_entry *entry)
{
	struct block_list_family *side = block_list_family_of(blocked, entry);
	struct block_list_entry *newer = side->queue[BLOCK_LIST_HELD].head;

	while (newer && blocked->blocker->slots[side->family] && newer->order < entry->order)
		newer = newer->newer;
	leave_queue(blocked, entry);
	entry->state = BLOCK_LIST_HELD;
	block_list_queue_before(&side->queue[BLOCK_LIST_HELD], entry, newer);
	tell(blocked, entry);
}

static void move_all(struct block_list *blocked, struct block_list_family *side)
{
	for (;;) {
		struct block_list_entry *held = side->queue[BLOCK_LIST_HELD].head;
		struct block_list_entry *pending = side->queue[BLOCK_LIST_PENDING].head;
		struct block_list_entry *first = held ? held : pending;

		if (!first)
			return;
		if (pending && pending->order < first->order)
			first = pending;
		block_list_family_move(blocked, first, BLOCK_LIST_WAITING);
	}
}

/* When an entry wants to be looked at: at its end, or when the kernel's rule has half forgotten it. */
void block_list_family_due(struct block_list *blocked, struct block_list_entry *entry)
{
	int64_t seconds = blocked->blocker->conf->seconds, due = entry->until;

	if (entry->state == BLOCK_LIST_HELD && !(blocked->blocker->ops->caps & BLOCKER_EXPIRES) &&
	    entry->until > entry->written + seconds)
		due = entry->written + seconds / 2;
	block_list_entries_due(blocked->entries, entry, due);
}

/* The list is away. All that should be in it waits, in the order of the bans. */
static void go_away(struct block_list *blocked, struct block_list_family *side, int64_t now)
{
	move_all(blocked, side);
	if (!side->away) {
		note(blocked, side->off ? LOG_INFO : LOG_WARNING, blocked->blocker->trouble);
		side->nap = NAP_LEAST;
	} else if (side->nap < NAP_MOST) {
		side->nap = side->nap * 2 < NAP_MOST ? side->nap * 2 : NAP_MOST;
	}
	side->away = true;
	side->retry = now + side->nap;
}

static void fresh_list(struct block_list *blocked, struct block_list_family *side)
{
	char text[160];

	/* what is written again gets its slot in the order of the bans, newest first */
	move_all(blocked, side);
	side->others = 0;
	if (side->was_open) {
		blocked->counts.rebuilt++;
		snprintf(text, sizeof(text), "%s: a new list; %u bans are written again",
			 blocker_list(blocked->blocker, side->family),
			 side->queue[BLOCK_LIST_WAITING].n);
		note(blocked, LOG_NOTICE, text);
	} else if (side->away) {
		snprintf(text, sizeof(text), "%s: the list is there now",
			 blocker_list(blocked->blocker, side->family));
		note(blocked, LOG_NOTICE, text);
	}
	side->was_open = true;
}

/* Opens the list, or sees that it is still the same. */
int block_list_family_look(struct block_list *blocked, struct block_list_family *side, int64_t now)
{
	int r = blocked->blocker->ops->open(blocked->blocker, side->family);

	side->look = now + LOOK;
	if (r == -EAFNOSUPPORT) {
		side->off = true;
		go_away(blocked, side, now);
		return 0;
	}
	if (r < 0) {
		go_away(blocked, side, now);
		return r;
	}
	side->off = false;
	if (r == BLOCKER_NEW_LIST)
		fresh_list(blocked, side);
	/* the same list as before, but entries were lost sight of: look at once what is in it */
	if (r == BLOCKER_NEW_LIST || side->away)
		side->reconcile = now;
	side->away = false;
	return 0;
}

static void saw(void *context, const struct prefix *prefix)
{
	struct block_list *blocked = context;
	struct block_list_entry *entry = block_list_entries_find(blocked->entries, prefix);
	struct block_list_family *side = &blocked->side[blocker_family_of(&prefix->addr)];

	side->seen++;
	if (!entry || entry->state != BLOCK_LIST_HELD)
		return;
	if (entry->pass != blocked->pass)
		side->ours_seen++;
	entry->pass = blocked->pass;
}

/* Looks what the list really holds: others' entries take slots, and the kernel may have dropped some of ours. */
static void reconcile(struct block_list *blocked, struct block_list_family *side, int64_t now)
{
	struct block_list_entry *entry, *newer;

	side->reconcile = now + RECONCILE;
	if (!blocked->blocker->ops->reconcile)
		return;
	blocked->pass++;
	side->seen = side->ours_seen = 0;
	if (blocked->blocker->ops->reconcile(blocked->blocker, side->family, saw, blocked) < 0) {
		go_away(blocked, side, now);
		return;
	}
	side->others = side->seen - side->ours_seen;
	for (entry = side->queue[BLOCK_LIST_HELD].head; entry; entry = newer) {
		newer = entry->newer;
		if (entry->pass == blocked->pass)
			continue;
		/* one that the kernel's own time-out has just ended is no loss */
		if (entry->until > now + UNITS_SECOND) {
			blocked->counts.lost++;
			block_list_family_move(blocked, entry, BLOCK_LIST_WAITING);
		}
	}
}

/* Slots that are left when `used` are taken. */
static uint32_t slots_left(const struct block_list *blocked, const struct block_list_family *side,
			   uint32_t used)
{
	uint32_t slots = blocked->blocker->slots[side->family];

	if (slots == 0)
		return UINT32_MAX;
	return slots > used ? slots - used : 0;
}

/* Removes entries from the kernel; the list may turn out to be away. */
void block_list_family_del(struct block_list *blocked, struct block_list_family *side,
			   struct block_list_entry *const *entries, size_t n, int64_t now)
{
	struct blocker_entry batch[BLOCKER_BATCH];
	bool away = false;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		batch[i] = (struct blocker_entry){ .prefix = entries[i]->prefix };
	blocked->blocker->ops->del(blocked->blocker, side->family, batch, n);
	for (size_t i = 0; i < n; i++) {
		if (batch[i].result == 0)
			blocked->counts.removed++;
		else
			away = true;
	}
	if (away)
		go_away(blocked, side, now);
}

/* The blocker said yes. */
static void hold(struct block_list *blocked, struct block_list_entry *entry, bool back, int64_t now)
{
	blocked->counts.written++;
	entry->written = now;
	entry->until_written = entry->until;
	if (entry->state == BLOCK_LIST_HELD)
		blocked->counts.renewed++;
	else if (back)
		move_back(blocked, entry);
	else
		block_list_family_move(blocked, entry, BLOCK_LIST_HELD);
	block_list_family_due(blocked, entry);
}

static void refuse(struct block_list *blocked, struct block_list_entry *entry)
{
	blocked->counts.refused++;
	note(blocked, LOG_ERR, blocked->blocker->trouble);
	block_list_family_move(blocked, entry, BLOCK_LIST_REFUSED);
}

void block_list_family_add(struct block_list *blocked, struct block_list_family *side,
			   struct block_list_entry *const *entries, size_t n, bool back,
			   int64_t now)
{
	struct blocker_entry batch[BLOCKER_BATCH];
	bool there = true;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		batch[i] = (struct blocker_entry){ .prefix = entries[i]->prefix,
						   .left = entries[i]->until - now,
						   .renewal = entries[i]->until_written != 0 };
	blocked->blocker->ops->add(blocked->blocker, side->family, batch, n);
	for (size_t i = 0; i < n; i++) {
		if (batch[i].result == 0)
			hold(blocked, entries[i], back, now);
		else if (batch[i].result == -EINVAL)
			refuse(blocked, entries[i]);
		else
			there = false;
	}
	if (!there)
		go_away(blocked, side, now);
}

/*
 * Until all that is pending has a slot, the oldest ban of all leaves, or does not get in. Others' entries do
 * not count here: where they fill the list, the kernel drops the one written longest ago.
 */
static void make_room(struct block_list *blocked, struct block_list_family *side, int64_t now)
{
	const struct block_list_queue *held = &side->queue[BLOCK_LIST_HELD];
	const struct block_list_queue *pending = &side->queue[BLOCK_LIST_PENDING];
	struct block_list_entry *out[BLOCKER_BATCH];
	size_t n = 0;

	while (pending->n > slots_left(blocked, side, held->n)) {
		struct block_list_entry *oldest = pending->head;

		if (held->head && held->head->order < oldest->order) {
			oldest = out[n++] = held->head;
			blocked->counts.displaced++;
		}
		block_list_family_move(blocked, oldest, BLOCK_LIST_WAITING);
		if (n == BLOCKER_BATCH) {
			block_list_family_del(blocked, side, out, n, now);
			n = 0;
		}
	}
	block_list_family_del(blocked, side, out, n, now);
}

/* New bans: the newest get in, whoever has to leave for them. */
static void write_pending(struct block_list *blocked, struct block_list_family *side, int64_t now)
{
	const struct block_list_queue *pending = &side->queue[BLOCK_LIST_PENDING];
	uint32_t left;

	make_room(blocked, side, now);
	while (pending->n > 0 && !side->away) {
		struct block_list_entry *batch[BLOCKER_BATCH], *entry = pending->head;
		size_t n = 0;

		for (; entry && n < BLOCKER_BATCH; entry = entry->newer)
			batch[n++] = entry;
		block_list_family_add(blocked, side, batch, n, false, now);
	}
	left = slots_left(blocked, side, side->queue[BLOCK_LIST_HELD].n);
	if (side->others > left)
		side->others = left;
}

/* Those that wait get what is free, newest first, and displace nobody. */
static void fill(struct block_list *blocked, struct block_list_family *side, int64_t now)
{
	const struct block_list_queue *waiting = &side->queue[BLOCK_LIST_WAITING];

	while (waiting->n > 0 && !side->away) {
		struct block_list_entry *batch[BLOCKER_BATCH], *entry = waiting->tail;
		uint32_t room =
			slots_left(blocked, side, side->others + side->queue[BLOCK_LIST_HELD].n);
		size_t n = 0;

		for (; entry && n < BLOCKER_BATCH && n < room; entry = entry->older)
			batch[n++] = entry;
		if (n == 0)
			break;
		block_list_family_add(blocked, side, batch, n, true, now);
	}
}

int64_t block_list_family_run(struct block_list *blocked, struct block_list_family *side,
			      int64_t now)
{
	if (side->away ? side->retry <= now : side->look <= now)
		block_list_family_look(blocked, side, now);
	if (!side->away && side->reconcile <= now)
		reconcile(blocked, side, now);
	if (side->away)
		move_all(blocked, side);
	write_pending(blocked, side, now);
	fill(blocked, side, now);
	if (side->away)
		return side->retry;
	return side->look < side->reconcile ? side->look : side->reconcile;
}
