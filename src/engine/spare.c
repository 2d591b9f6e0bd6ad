/* SPDX-License-Identifier: MIT */
/*
 * Clients and the wider prefixes that contain them are entries of one table, distinguished by their
 * bits. `until` of a prefix is the latest of its clients. A prefix is touched after its client, so
 * it is never evicted before the client.
 */
#include "engine/spare.h"

#include <errno.h>
#include <stdlib.h>

#include "util/lru_table.h"

enum { REWRITE = 100 }; /* a known sender is saved again after within / REWRITE */

struct entry {
	struct lru_table_node node;
	int64_t until; /* a known sender up to then; INT64_MIN: not enough mails */
	int64_t saved; /* time of the last mail when the entry was last saved */
	int64_t again; /* time of the last restored mail: lines up to it may be read again */
	uint64_t mails;
	struct entry *previous, *next; /* in the list of unsaved entries */
	uint32_t n;
	bool unsaved;
	int64_t times[]; /* of the last rule.delivered mails; of a client only */
};

struct spare {
	struct lru_table *table;
	struct seed seed;
	struct spare_rule rule;
	struct spare_width *widths;
	size_t widths_n;
	struct entry *first, *last; /* list of unsaved entries */
};

static bool is_wide(const struct spare_width *width)
{
	return width->prefix4 < SPARE_BITS4 || width->prefix6 < SPARE_BITS6;
}

static int copy_widths(struct spare *spare, const struct spare_width *widths, size_t n)
{
	spare->widths = calloc(n + 1, sizeof(*widths));
	if (!spare->widths)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < spare->widths_n &&
		       memcmp(&spare->widths[j], &widths[i], sizeof(*widths)) != 0)
			j++;
		if (j == spare->widths_n && is_wide(&widths[i]))
			spare->widths[spare->widths_n++] = widths[i];
	}
	return 0;
}

int spare_new(struct spare **out, const struct spare_rule *rule, const struct spare_width *widths,
	      size_t n, size_t bytes, const struct seed *seed)
{
	size_t size = sizeof(struct entry) + rule->delivered * sizeof(int64_t);
	size_t capacity = bytes / lru_table_cost(size);
	struct spare *spare;
	int r;

	if (rule->delivered < 1 || rule->delivered > SPARE_MOST || capacity < 2 * (n + 1))
		return -EINVAL;
	if (capacity > UINT32_MAX / 8)
		capacity = UINT32_MAX / 8;
	spare = calloc(1, sizeof(*spare));
	if (!spare)
		return -ENOMEM;
	spare->rule = *rule;
	spare->seed = *seed;
	r = copy_widths(spare, widths, n);
	if (r == 0)
		r = lru_table_new(&spare->table, size, (uint32_t)capacity, 1);
	if (r < 0)
		spare_free(spare);
	else
		*out = spare;
	return r;
}

void spare_free(struct spare *spare)
{
	if (!spare)
		return;
	lru_table_free(spare->table);
	free(spare->widths);
	free(spare);
}

uint32_t spare_count(const struct spare *spare)
{
	return lru_table_count(spare->table);
}

uint32_t spare_capacity(const struct spare *spare)
{
	return lru_table_capacity(spare->table);
}

uint64_t spare_evicted(const struct spare *spare)
{
	return lru_table_evicted(spare->table);
}

static struct prefix client_of(const struct addr *addr)
{
	return prefix_of(addr, SPARE_BITS4, SPARE_BITS6);
}

static struct entry *find(const struct spare *spare, const struct prefix *prefix)
{
	struct lru_table_key key = lru_table_prefix_key(&spare->seed, prefix, 0);

	return lru_table_find(spare->table, &key);
}

/* ---- unsaved entries ---- */

static void list_add(struct spare *spare, struct entry *entry)
{
	if (entry->unsaved)
		return;
	entry->unsaved = true;
	entry->previous = spare->last;
	entry->next = NULL;
	if (spare->last)
		spare->last->next = entry;
	else
		spare->first = entry;
	spare->last = entry;
}

static void list_remove(struct spare *spare, struct entry *entry)
{
	if (!entry->unsaved)
		return;
	entry->unsaved = false;
	if (entry->previous)
		entry->previous->next = entry->next;
	else
		spare->first = entry->next;
	if (entry->next)
		entry->next->previous = entry->previous;
	else
		spare->last = entry->previous;
}

static void fill(const struct entry *entry, struct spare_client *out)
{
	out->prefix = lru_table_key_prefix(&entry->node.key);
	out->mails = entry->mails;
	out->until = entry->until;
	out->n = entry->n;
	memcpy(out->times, entry->times, entry->n * sizeof(entry->times[0]));
}

int spare_unsaved(struct spare *spare, struct spare_client *out)
{
	struct entry *entry = spare->first;

	if (!entry)
		return 0;
	list_remove(spare, entry);
	entry->saved = entry->node.touched;
	fill(entry, out);
	return 1;
}

bool spare_waits(const struct spare *spare)
{
	return spare->first != NULL;
}

void spare_unsave(struct spare *spare, const struct prefix *client)
{
	struct entry *entry = find(spare, client);

	if (entry)
		list_add(spare, entry);
}

/* ---- entries ---- */

static void drop(struct spare *spare, struct entry *entry)
{
	list_remove(spare, entry);
	lru_table_remove(spare->table, entry);
}

static void evict(void *spare, void *entry)
{
	list_remove(spare, entry);
}

static struct entry *touch(struct spare *spare, const struct prefix *prefix, int64_t now)
{
	struct lru_table_key key = lru_table_prefix_key(&spare->seed, prefix, 0);
	struct entry *entry = lru_table_find(spare->table, &key);

	if (entry) {
		lru_table_touch(spare->table, entry,
				now > entry->node.touched ? now : entry->node.touched);
		return entry;
	}
	entry = lru_table_insert_evict(spare->table, &key, now, evict, spare);
	entry->until = entry->again = INT64_MIN;
	return entry;
}

/* Extends `until` of the prefixes that contain a known sender. */
static void widen(struct spare *spare, const struct addr *addr, int64_t until, int64_t now)
{
	for (size_t i = 0; i < spare->widths_n; i++) {
		const struct spare_width *width = &spare->widths[i];
		bool v4 = addr_is_v4(addr);
		struct prefix prefix = prefix_of(addr, width->prefix4, width->prefix6);
		struct entry *entry;

		if (v4 ? width->prefix4 >= SPARE_BITS4 : width->prefix6 >= SPARE_BITS6)
			continue;
		entry = touch(spare, &prefix, now);
		if (until > entry->until)
			entry->until = until;
	}
}

/* Adds a time. Times must not decrease; a mail from a source that lags counts at the last time. */
static void add_time(const struct spare *spare, struct entry *entry, int64_t now)
{
	if (entry->n > 0 && now < entry->times[entry->n - 1])
		now = entry->times[entry->n - 1];
	if (entry->n == spare->rule.delivered) {
		entry->n--;
		memmove(entry->times, entry->times + 1, entry->n * sizeof(entry->times[0]));
	}
	entry->times[entry->n++] = now;
	if (entry->n == spare->rule.delivered)
		entry->until = entry->times[0] + spare->rule.within;
}

bool spare_mail(struct spare *spare, const struct addr *addr, int64_t now)
{
	struct prefix client = client_of(addr);
	struct entry *entry = find(spare, &client);
	bool was = entry && now <= entry->until;

	if (entry && now <= entry->again)
		return false;
	entry = touch(spare, &client, now);
	entry->mails++;
	add_time(spare, entry, now);
	if (!was || now - entry->saved > spare->rule.within / REWRITE)
		list_add(spare, entry);
	if (now <= entry->until)
		widen(spare, &client.addr, entry->until, now);
	return !was && now <= entry->until;
}

bool spare_is(const struct spare *spare, const struct addr *addr, int64_t now)
{
	struct prefix client = client_of(addr);
	const struct entry *entry = find(spare, &client);

	return entry && now <= entry->until;
}

bool spare_holds(const struct spare *spare, const struct prefix *prefix, int64_t now)
{
	const struct entry *entry = find(spare, prefix);

	return entry && now <= entry->until;
}

int spare_look(const struct spare *spare, const struct addr *addr, struct spare_client *out)
{
	struct prefix client = client_of(addr);
	const struct entry *entry = find(spare, &client);

	if (!entry)
		return 0;
	fill(entry, out);
	return 1;
}

void spare_restore(struct spare *spare, const struct spare_client *saved)
{
	int64_t last = saved->n ? saved->times[saved->n - 1] : 0;
	struct entry *entry;

	if (saved->n == 0)
		return;
	entry = touch(spare, &saved->prefix, last);
	for (size_t i = 0; i < saved->n; i++)
		add_time(spare, entry, saved->times[i]);
	entry->mails += saved->mails;
	entry->saved = entry->again = last;
	if (entry->until > INT64_MIN)
		widen(spare, &saved->prefix.addr, entry->until, last);
}

void spare_copy(struct spare *to, const struct spare *from)
{
	struct spare_client client;

	for (const struct entry *entry = lru_table_oldest_in(from->table, 0); entry;
	     entry = lru_table_newer(from->table, entry)) {
		fill(entry, &client);
		spare_restore(to, &client);
		if (entry->unsaved)
			spare_unsave(to, &client.prefix);
	}
}

bool spare_expire(struct spare *spare, int64_t now)
{
	for (uint32_t n = 0; n < SPARE_EXPIRE; n++) {
		struct entry *entry = lru_table_oldest_in(spare->table, 0);

		if (!entry || now - entry->node.touched <= spare->rule.within)
			return false;
		drop(spare, entry);
	}
	return true;
}
