/* SPDX-License-Identifier: MIT */
/*
 * Invariants: an entry has at least one hit and one chunk; its times increase from `first` in the
 * chunk `head` to `end` in the chunk `tail`; every chunk is in the list of one entry or in the free
 * list of the pool. In a distinct window each hit takes two places: its time, then its value.
 */
#include "engine/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/lru_table.h"

#define NONE UINT32_MAX

enum { CHUNK_TIMES = 8 };

struct chunk {
	int64_t times[CHUNK_TIMES];
};

struct entry {
	struct lru_table_node node;
	uint32_t head, tail; /* chunks */
	uint32_t count;
	uint8_t first; /* index of the oldest time in head */
	uint8_t end;   /* index after the newest time in tail */
};

struct window {
	struct lru_table *table;
	struct seed seed;
	struct window_rule *rules;
	uint32_t jails;
	uint32_t chunks, spare, unused;
	uint32_t *
		next; /* links of chunks; separate, so that a chunk is one cache line of 64 bytes */
	struct chunk *chunk;
	uint64_t evicted;
};

/* Six chunks for five entries: one entry in five may need a second chunk. */
static void capacities(size_t bytes, uint32_t *entries, uint32_t *chunks)
{
	size_t five = 5 * lru_table_cost(sizeof(struct entry)) +
		      6 * (sizeof(struct chunk) + sizeof(uint32_t));
	size_t fives = bytes / five;

	if (fives > (1U << 28))
		fives = 1U << 28;
	*entries = (uint32_t)(fives * 5);
	*chunks = (uint32_t)(fives * 6);
}

/* Places in a chunk that a hit takes. A hit never extends over two chunks. */
static uint32_t places(const struct window_rule *rule)
{
	return rule->distinct ? 2 : 1;
}

static uint32_t most(const struct window_rule *rule)
{
	return rule->most > rule->maxretry ? rule->most : rule->maxretry;
}

static bool rules_fit(const struct window_rule *rules, uint32_t jails, uint32_t chunks)
{
	for (uint32_t i = 0; i < jails; i++)
		if (rules[i].maxretry == 0 || rules[i].maxretry > WINDOW_MAXRETRY ||
		    most(&rules[i]) > WINDOW_MAXRETRY ||
		    most(&rules[i]) * places(&rules[i]) / CHUNK_TIMES + 2 > chunks)
			return false;
	return true;
}

int window_new(struct window **out, const struct window_rule *rules, uint32_t jails, size_t bytes,
	       const struct seed *seed)
{
	struct window *window;
	uint32_t entries, chunks;
	int r = -ENOMEM;

	capacities(bytes, &entries, &chunks);
	if (bytes < WINDOW_LEAST_BYTES || !rules_fit(rules, jails, chunks))
		return -EINVAL;
	window = calloc(1, sizeof(*window));
	if (!window)
		return -ENOMEM;
	window->seed = *seed;
	window->jails = jails;
	window->chunks = chunks;
	window->spare = NONE;
	window->rules = calloc(jails + 1U, sizeof(*rules));
	window->next = malloc(chunks * sizeof(*window->next));
	window->chunk = malloc(chunks * sizeof(*window->chunk));
	if (!window->rules || !window->next || !window->chunk)
		goto out;
	memcpy(window->rules, rules, jails * sizeof(*rules));
	r = lru_table_new(&window->table, sizeof(struct entry), entries, jails ? jails : 1);
	if (r < 0)
		goto out;
	*out = window;
	return 0;
out:
	window_free(window);
	return r;
}

void window_free(struct window *window)
{
	if (!window)
		return;
	lru_table_free(window->table);
	free(window->rules);
	free(window->next);
	free(window->chunk);
	free(window);
}

uint32_t window_clients(const struct window *window)
{
	return lru_table_count(window->table);
}

uint32_t window_capacity(const struct window *window)
{
	return lru_table_capacity(window->table);
}

uint64_t window_evicted(const struct window *window)
{
	return window->evicted;
}

static void chunk_put(struct window *window, uint32_t chunk)
{
	window->next[chunk] = window->spare;
	window->spare = chunk;
}

static void entry_drop(struct window *window, struct entry *entry)
{
	uint32_t chunk = entry->head;

	while (chunk != NONE) {
		uint32_t next = window->next[chunk];

		chunk_put(window, chunk);
		chunk = next;
	}
	lru_table_remove(window->table, entry);
}

/* Returns an entry whose hits are all older than findtime; NULL if there is none. */
static struct entry *find_stale(const struct window *window, int64_t now)
{
	for (uint32_t jail = 0; jail < window->jails; jail++) {
		struct entry *entry = lru_table_oldest_in(window->table, jail);

		if (entry && now - entry->node.touched > window->rules[jail].findtime)
			return entry;
	}
	return NULL;
}

/*
 * Drops an entry other than `owner`. There always is one: rules_fit() ensures that no entry can
 * take all chunks. The owner has just been touched, so it is not stale.
 */
static void make_room(struct window *window, const struct entry *owner, int64_t now)
{
	struct entry *stale = find_stale(window, now);

	entry_drop(window, stale ? stale : lru_table_oldest(window->table, owner));
	window->evicted += !stale;
}

static uint32_t chunk_get(struct window *window, const struct entry *owner, int64_t now)
{
	uint32_t chunk;

	if (window->spare == NONE && window->unused == window->chunks)
		make_room(window, owner, now);
	if (window->spare == NONE)
		chunk = window->unused++;
	else {
		chunk = window->spare;
		window->spare = window->next[chunk];
	}
	window->next[chunk] = NONE;
	return chunk;
}

static int64_t entry_oldest(const struct window *window, const struct entry *entry)
{
	return window->chunk[entry->head].times[entry->first];
}

static void entry_pop(struct window *window, struct entry *entry, uint32_t step)
{
	entry->count--;
	entry->first = (uint8_t)(entry->first + step);
	if (entry->first == CHUNK_TIMES && entry->head != entry->tail) {
		uint32_t done = entry->head;

		entry->head = window->next[done];
		entry->first = 0;
		chunk_put(window, done);
	}
}

static void entry_push(struct window *window, struct entry *entry, int64_t now, uint64_t value,
		       uint32_t step)
{
	if (entry->count == 0) {
		entry->first = 0;
		entry->end = 0;
	} else if (entry->end == CHUNK_TIMES) {
		uint32_t chunk = chunk_get(window, entry, now);

		window->next[entry->tail] = chunk;
		entry->tail = chunk;
		entry->end = 0;
	}
	window->chunk[entry->tail].times[entry->end++] = now;
	if (step == 2)
		window->chunk[entry->tail].times[entry->end++] = (int64_t)value;
	entry->count++;
}

/* The position of a hit in an entry, for iteration from the oldest on. */
struct place {
	uint32_t chunk, at;
};

static int64_t *place_get(const struct window *window, struct place *place)
{
	if (place->at == CHUNK_TIMES) {
		place->chunk = window->next[place->chunk];
		place->at = 0;
	}
	return &window->chunk[place->chunk].times[place->at];
}

/* If a hit has the value, moves it to the end with the time `now`. Returns whether one has. */
static bool entry_renew(struct window *window, const struct entry *entry, uint64_t value,
			int64_t now)
{
	struct place place = { entry->head, entry->first };
	int64_t *hole = NULL;

	for (uint32_t i = 0; i < entry->count; i++, place.at += 2) {
		int64_t *hit = place_get(window, &place);

		if (hole) {
			hole[0] = hit[0];
			hole[1] = hit[1];
			hole = hit;
		} else if ((uint64_t)hit[1] == value) {
			hole = hit;
		}
	}
	if (!hole)
		return false;
	hole[0] = now;
	hole[1] = (int64_t)value;
	return true;
}

static struct entry *entry_make(struct window *window, const struct lru_table_key *key, int64_t now)
{
	struct entry *entry;
	uint32_t chunk;

	if (lru_table_full(window->table))
		make_room(window, NULL, now);
	chunk = chunk_get(window, NULL, now);
	entry = lru_table_insert(window->table, key, now);
	entry->head = entry->tail = chunk;
	return entry;
}

static void entry_add(struct window *window, struct entry *entry, const struct window_rule *rule,
		      const struct window_add *add, int64_t now)
{
	bool named = rule->distinct && add->value;
	uint32_t weight = named ? 1 : add->weight, step = places(rule);

	while (entry->count > 0 && now - entry_oldest(window, entry) > rule->findtime)
		entry_pop(window, entry, step);
	while (entry->count > add->keep)
		entry_pop(window, entry, step);
	if (named && entry_renew(window, entry, add->value, now))
		return;
	if (weight > add->keep)
		weight = add->keep;
	while (weight-- > 0) {
		if (entry->count == add->keep)
			entry_pop(window, entry, step);
		entry_push(window, entry, now, add->value, step);
	}
}

struct window_count window_add(struct window *window, const struct prefix *prefix, uint32_t jail,
			       const struct window_add *add, int64_t now)
{
	const struct window_rule *rule = &window->rules[jail];
	struct lru_table_key key = lru_table_prefix_key(&window->seed, prefix, jail);
	struct entry *entry = lru_table_find(window->table, &key);

	if (entry)
		lru_table_touch(window->table, entry, now);
	else
		entry = entry_make(window, &key, now);
	entry_add(window, entry, rule, add, now);
	return (struct window_count){ .hits = entry->count, .oldest = entry_oldest(window, entry) };
}

struct window_count window_look(const struct window *window, const struct prefix *prefix,
				uint32_t jail, int64_t now)
{
	struct lru_table_key key = lru_table_prefix_key(&window->seed, prefix, jail);
	const struct entry *entry = lru_table_find(window->table, &key);
	struct window_count count = { 0 };
	struct place place;

	if (!entry)
		return count;
	place = (struct place){ entry->head, entry->first };
	for (uint32_t i = 0; i < entry->count; i++, place.at += places(&window->rules[jail])) {
		int64_t time = *place_get(window, &place);

		if (now - time > window->rules[jail].findtime)
			continue;
		if (count.hits++ == 0)
			count.oldest = time;
	}
	return count;
}

/* Adds all hits of an entry, in their order, to the other window. */
static void entry_copy(struct window *to, const struct window *from, const struct entry *entry,
		       uint32_t jail)
{
	const struct window_rule *rule = &from->rules[entry->node.key.queue];
	struct prefix prefix = lru_table_key_prefix(&entry->node.key);
	struct window_add add = { .weight = 1, .keep = most(&to->rules[jail]) };
	struct place place = { entry->head, entry->first };

	for (uint32_t i = 0; i < entry->count; i++, place.at += places(rule)) {
		const int64_t *hit = place_get(from, &place);

		add.value = rule->distinct ? (uint64_t)hit[1] : 0;
		window_add(to, &prefix, jail, &add, hit[0]);
	}
}

void window_copy(struct window *to, const struct window *from, const uint32_t *jail_map)
{
	for (uint32_t jail = 0; jail < from->jails; jail++) {
		const struct entry *entry = lru_table_oldest_in(from->table, jail);

		for (; entry && jail_map[jail] < to->jails;
		     entry = lru_table_newer(from->table, entry))
			entry_copy(to, from, entry, jail_map[jail]);
	}
}

void window_empty(struct window *window, const struct prefix *prefix, uint32_t jail)
{
	struct lru_table_key key = lru_table_prefix_key(&window->seed, prefix, jail);
	struct entry *entry = lru_table_find(window->table, &key);

	if (entry)
		entry_drop(window, entry);
}

bool window_expire(struct window *window, int64_t now)
{
	for (uint32_t n = 0; n < WINDOW_EXPIRE; n++) {
		struct entry *stale = find_stale(window, now);

		if (!stale)
			return false;
		entry_drop(window, stale);
	}
	return true;
}
