/* SPDX-License-Identifier: MIT */
#include "block_list_family.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "util/units.h"

/* Microseconds: first and longest pause between two attempts to open a missing list; intervals of check and reconcile. */
enum { BACKOFF_LEAST = 100000, BACKOFF_MOST = 10000000, CHECK = 5000000, RECONCILE = 30000000 };

static void send_note(const struct block_list_family *family, int priority, const char *text)
{
	if (family->callbacks->note)
		family->callbacks->note(family->callbacks->context, priority, text);
}

static void report_change(const struct block_list_family *family,
			  const struct block_list_entry *entry)
{
	if (entry->state != BLOCK_LIST_PENDING && family->callbacks->changed)
		family->callbacks->changed(family->callbacks->context, &entry->prefix,
					   (enum block_list_state)entry->state);
}

static void leave_queue(struct block_list_family *family, struct block_list_entry *entry)
{
	if (entry->state != BLOCK_LIST_NONE)
		block_list_queue_take(&family->queue[entry->state], entry);
}

void block_list_family_move(struct block_list_family *family, struct block_list_entry *entry,
			    enum block_list_state state)
{
	bool changed = entry->state != state;

	leave_queue(family, entry);
	entry->state = (uint8_t)state;
	block_list_queue_append(&family->queue[state], entry);
	block_list_family_schedule(family, entry);
	if (changed)
		report_change(family, entry);
}

/*
 * Inserts the entry into HELD in the order of the bans. It belongs among the oldest, so the search is short, and never
 * longer than the capacity of the list. Without a capacity the order does not matter.
 */
static void restore_held(struct block_list_family *family, struct block_list_entry *entry)
{
	struct block_list_entry *newer = family->queue[BLOCK_LIST_HELD].head;

	while (newer && family->blocker->capacity[family->id] && newer->order < entry->order)
		newer = newer->newer;
	leave_queue(family, entry);
	entry->state = BLOCK_LIST_HELD;
	block_list_queue_before(&family->queue[BLOCK_LIST_HELD], entry, newer);
	report_change(family, entry);
}

static void move_all_to_waiting(struct block_list_family *family)
{
	for (;;) {
		struct block_list_entry *held = family->queue[BLOCK_LIST_HELD].head;
		struct block_list_entry *pending = family->queue[BLOCK_LIST_PENDING].head;
		struct block_list_entry *first = held ? held : pending;

		if (!first)
			return;
		if (pending && pending->order < first->order)
			first = pending;
		block_list_family_move(family, first, BLOCK_LIST_WAITING);
	}
}

void block_list_family_schedule(struct block_list_family *family, struct block_list_entry *entry)
{
	int64_t seconds = family->blocker->conf->seconds, due = entry->until;

	if (entry->state == BLOCK_LIST_HELD && !(family->blocker->ops->caps & BLOCKER_EXPIRES) &&
	    entry->until > entry->written + seconds)
		due = entry->written + seconds / 2;
	block_list_entries_due(family->entries, entry, due);
}

/* The list cannot be written. All of its entries wait, in the order of the bans. */
static void mark_missing(struct block_list_family *family, int64_t now)
{
	move_all_to_waiting(family);
	if (!family->missing) {
		send_note(family, family->unsupported ? LOG_INFO : LOG_WARNING,
			  family->blocker->error);
		family->backoff = BACKOFF_LEAST;
	} else if (family->backoff < BACKOFF_MOST) {
		family->backoff = family->backoff * 2 < BACKOFF_MOST ? family->backoff * 2
								     : BACKOFF_MOST;
	}
	family->missing = true;
	family->retry = now + family->backoff;
}

static void new_list(struct block_list_family *family)
{
	char text[160];

	/* the entries are written again in the order of the bans, newest first */
	move_all_to_waiting(family);
	family->others = 0;
	if (family->was_open) {
		family->totals.rebuilt++;
		snprintf(text, sizeof(text), "%s: new list; writing %u bans again",
			 blocker_list(family->blocker, family->id),
			 family->queue[BLOCK_LIST_WAITING].n);
		send_note(family, LOG_NOTICE, text);
	} else if (family->missing) {
		snprintf(text, sizeof(text), "%s: the list exists now",
			 blocker_list(family->blocker, family->id));
		send_note(family, LOG_NOTICE, text);
	}
	family->was_open = true;
}

int block_list_family_check(struct block_list_family *family, int64_t now)
{
	int r = family->blocker->ops->open(family->blocker, family->id);

	family->check = now + CHECK;
	if (r == -EAFNOSUPPORT) {
		family->unsupported = true;
		mark_missing(family, now);
		return 0;
	}
	if (r < 0) {
		mark_missing(family, now);
		return r;
	}
	family->unsupported = false;
	if (r == BLOCKER_NEW_LIST)
		new_list(family);
	/* the list was missing for a time: its contents are unknown */
	if (r == BLOCKER_NEW_LIST || family->missing)
		family->reconcile = now;
	family->missing = false;
	return 0;
}

static void count_seen(void *context, const struct prefix *prefix)
{
	struct block_list_family *family = context;
	struct block_list_entry *entry = block_list_entries_find(family->entries, prefix);

	if (blocker_family_of(&prefix->addr) != family->id)
		return;
	family->seen++;
	if (!entry || entry->state != BLOCK_LIST_HELD)
		return;
	if (entry->pass != family->pass)
		family->ours_seen++;
	entry->pass = family->pass;
}

/* Reads the list: foreign entries take places in it, and the kernel may have dropped some of ours. */
static void reconcile(struct block_list_family *family, int64_t now)
{
	struct block_list_entry *entry, *newer;

	family->reconcile = now + RECONCILE;
	if (!family->blocker->ops->reconcile)
		return;
	family->pass++;
	family->seen = family->ours_seen = 0;
	if (family->blocker->ops->reconcile(family->blocker, family->id, count_seen, family) < 0) {
		mark_missing(family, now);
		return;
	}
	family->others = family->seen - family->ours_seen;
	for (entry = family->queue[BLOCK_LIST_HELD].head; entry; entry = newer) {
		newer = entry->newer;
		if (entry->pass == family->pass)
			continue;
		/* an entry that has just expired in the kernel is not lost */
		if (entry->until > now + UNITS_SECOND) {
			family->totals.lost++;
			block_list_family_move(family, entry, BLOCK_LIST_WAITING);
		}
	}
}

/* Free places in the list when `used` are taken. */
static uint32_t places_left(const struct block_list_family *family, uint32_t used)
{
	uint32_t capacity = family->blocker->capacity[family->id];

	if (capacity == 0)
		return UINT32_MAX;
	return capacity > used ? capacity - used : 0;
}

void block_list_family_del(struct block_list_family *family,
			   struct block_list_entry *const *entries, size_t n, int64_t now)
{
	struct blocker_entry batch[BLOCKER_BATCH];
	bool failed = false;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		batch[i] = (struct blocker_entry){ .prefix = entries[i]->prefix };
	family->blocker->ops->del(family->blocker, family->id, batch, n);
	for (size_t i = 0; i < n; i++) {
		if (batch[i].result == 0)
			family->totals.removed++;
		else
			failed = true;
	}
	if (failed)
		mark_missing(family, now);
}

/* The blocker has written the entry. */
static void hold(struct block_list_family *family, struct block_list_entry *entry, bool was_waiting,
		 int64_t now)
{
	family->totals.written++;
	entry->written = now;
	entry->until_written = entry->until;
	if (entry->state == BLOCK_LIST_HELD)
		family->totals.renewed++;
	else if (was_waiting)
		restore_held(family, entry);
	else
		block_list_family_move(family, entry, BLOCK_LIST_HELD);
	block_list_family_schedule(family, entry);
}

static void refuse(struct block_list_family *family, struct block_list_entry *entry)
{
	family->totals.refused++;
	send_note(family, LOG_ERR, family->blocker->error);
	block_list_family_move(family, entry, BLOCK_LIST_REFUSED);
}

void block_list_family_add(struct block_list_family *family,
			   struct block_list_entry *const *entries, size_t n, bool was_waiting,
			   int64_t now)
{
	struct blocker_entry batch[BLOCKER_BATCH];
	bool failed = false;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		batch[i] = (struct blocker_entry){ .prefix = entries[i]->prefix,
						   .left = entries[i]->until - now,
						   .renewal = entries[i]->until_written != 0 };
	family->blocker->ops->add(family->blocker, family->id, batch, n);
	for (size_t i = 0; i < n; i++) {
		if (batch[i].result == 0)
			hold(family, entries[i], was_waiting, now);
		else if (batch[i].result == -EINVAL)
			refuse(family, entries[i]);
		else
			failed = true;
	}
	if (failed)
		mark_missing(family, now);
}

/*
 * Moves the oldest bans to WAITING, out of the kernel if they are in it, until all that is pending has a place. Foreign
 * entries do not count here: when they fill the list, the kernel drops the entry that was written longest ago.
 */
static void make_room(struct block_list_family *family, int64_t now)
{
	const struct block_list_queue *held = &family->queue[BLOCK_LIST_HELD];
	const struct block_list_queue *pending = &family->queue[BLOCK_LIST_PENDING];
	struct block_list_entry *out[BLOCKER_BATCH];
	size_t n = 0;

	while (pending->n > places_left(family, held->n)) {
		struct block_list_entry *oldest = pending->head;

		if (held->head && held->head->order < oldest->order) {
			oldest = out[n++] = held->head;
			family->totals.displaced++;
		}
		block_list_family_move(family, oldest, BLOCK_LIST_WAITING);
		if (n == BLOCKER_BATCH) {
			block_list_family_del(family, out, n, now);
			n = 0;
		}
	}
	block_list_family_del(family, out, n, now);
}

/* New bans displace older ones. */
static void write_pending(struct block_list_family *family, int64_t now)
{
	const struct block_list_queue *pending = &family->queue[BLOCK_LIST_PENDING];
	uint32_t left;

	make_room(family, now);
	while (pending->n > 0 && !family->missing) {
		struct block_list_entry *batch[BLOCKER_BATCH], *entry = pending->head;
		size_t n = 0;

		for (; entry && n < BLOCKER_BATCH; entry = entry->newer)
			batch[n++] = entry;
		block_list_family_add(family, batch, n, false, now);
	}
	left = places_left(family, family->queue[BLOCK_LIST_HELD].n);
	if (family->others > left)
		family->others = left;
}

/* Writes waiting entries into free places, newest first. Displaces none. */
static void write_waiting(struct block_list_family *family, int64_t now)
{
	const struct block_list_queue *waiting = &family->queue[BLOCK_LIST_WAITING];

	while (waiting->n > 0 && !family->missing) {
		struct block_list_entry *batch[BLOCKER_BATCH], *entry = waiting->tail;
		uint32_t room =
			places_left(family, family->others + family->queue[BLOCK_LIST_HELD].n);
		size_t n = 0;

		for (; entry && n < BLOCKER_BATCH && n < room; entry = entry->older)
			batch[n++] = entry;
		if (n == 0)
			break;
		block_list_family_add(family, batch, n, true, now);
	}
}

int64_t block_list_family_run(struct block_list_family *family, int64_t now)
{
	if (family->missing ? family->retry <= now : family->check <= now)
		block_list_family_check(family, now);
	if (!family->missing && family->reconcile <= now)
		reconcile(family, now);
	if (family->missing)
		move_all_to_waiting(family);
	write_pending(family, now);
	write_waiting(family, now);
	if (family->missing)
		return family->retry;
	return family->check < family->reconcile ? family->check : family->reconcile;
}
