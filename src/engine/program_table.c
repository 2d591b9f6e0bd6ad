/* SPDX-License-Identifier: MIT */
#include "engine/program_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAME_LONGEST = 64,
	BUCKETS = 2 * PROGRAM_TABLE_SIZE,
};

struct program_table {
	size_t n;
	char names[PROGRAM_TABLE_SIZE][NAME_LONGEST];
	struct program_count counts[PROGRAM_TABLE_SIZE];
	uint16_t buckets[BUCKETS]; /* 0: empty, else index + 1 */
};

int program_table_new(struct program_table **out)
{
	struct program_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	*out = table;
	return 0;
}

void program_table_free(struct program_table *table)
{
	free(table);
}

static void program_add(struct program_table *table, struct span name)
{
	char *copy = table->names[table->n];

	if (name.n > 0)
		memcpy(copy, name.p, name.n);
	table->counts[table->n++] =
		(struct program_count){ .name = { copy, name.n }, .torn_until = INT64_MIN };
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

/* Not keyed: the table is small and bounded, and a client that could choose names of programs could forge any line. */
static size_t name_hash(struct span name)
{
	uint64_t hash = name.n;

	if (name.n < 8) {
		for (size_t i = 0; i < name.n; i++)
			hash = hash << 8 ^ (unsigned char)name.p[i];
		return mix(hash, 0);
	}
	for (size_t i = 0; i + 8 < name.n; i += 8)
		hash = mix(hash, span_word(name.p + i));
	return mix(hash, span_word(name.p + name.n - 8));
}

size_t program_table_find(struct program_table *table, struct span name, bool *is_new)
{
	size_t bucket = name_hash(name) % BUCKETS;

	*is_new = false;
	if (name.n >= NAME_LONGEST)
		return PROGRAM_TABLE_SIZE;
	for (; table->buckets[bucket]; bucket = (bucket + 1) % BUCKETS)
		if (span_equal(table->counts[table->buckets[bucket] - 1].name, name))
			return table->buckets[bucket] - 1U;
	if (table->n == PROGRAM_TABLE_SIZE)
		return PROGRAM_TABLE_SIZE;
	*is_new = true;
	program_add(table, name);
	table->buckets[bucket] = (uint16_t)table->n;
	return table->n - 1;
}

struct program_count *program_table_count(struct program_table *table, size_t index)
{
	return &table->counts[index];
}

size_t program_table_counts(const struct program_table *table, const struct program_count **out)
{
	*out = table->counts;
	return table->n;
}

bool program_cut(struct program_count *program, const struct record *record, uint32_t cut_at)
{
	if (record->message.n >= cut_at) {
		program->torn_until = record->time + PROGRAM_TABLE_TORN_TIME;
		program->torn_bytes = PROGRAM_TABLE_TORN_BYTES;
		return false;
	}
	if (!program_torn(program, record->time))
		return false;
	program->torn++;
	if (program->torn_bytes < record->message.n)
		program->torn_bytes = 0;
	else
		program->torn_bytes -= record->message.n;
	return true;
}

void program_table_settle(struct program_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		table->counts[i].torn_until = INT64_MIN;
		table->counts[i].torn_bytes = 0;
	}
}
