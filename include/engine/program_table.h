/* SPDX-License-Identifier: MIT */
/*
 * program_table: counts records by program, up to PROGRAM_TABLE_SIZE programs, and knows which
 * programs have just cut a line.
 *
 * Some programs cut a long line and log the rest as a line of its own. A client that makes a line
 * long enough can thus forge a line. A record that may be such a rest is "torn": no rule may match
 * it.
 */
#ifndef RELAYDAM_ENGINE_PROGRAM_TABLE_H
#define RELAYDAM_ENGINE_PROGRAM_TABLE_H

#include "logline/record.h"
#include "util/time_units.h"

enum { PROGRAM_TABLE_SIZE = 256 };

/*
 * After a line that was cut, records are torn for this many microseconds, and until this many bytes
 * of messages have come. courierlogger (tested with 1.0.16) reads 4,096 bytes at a time and writes
 * each piece of a line only when the next line comes, however late.
 */
#define PROGRAM_TABLE_TORN_TIME (10 * UNITS_MINUTE)
#define PROGRAM_TABLE_TORN_BYTES 4096

struct program_count {
	struct span name;
	uint64_t lines;
	uint64_t torn;	    /* records not read */
	int64_t torn_until; /* records before this time are torn; INT64_MIN: none */
	size_t torn_bytes;  /* so many further bytes of messages are torn, at any time */
	bool known;	    /* some filter reads the program */
};

struct program_table;

/* Returns 0 and sets *out (free with program_table_free()), or -ENOMEM. */
int program_table_new(struct program_table **out);
void program_table_free(struct program_table *table);

/*
 * The index of the program, which is added if it is new: then *is_new is set. Indexes count from 0 in the order in which programs
 * came. Returns PROGRAM_TABLE_SIZE if it is new and the table is full, or its name is longer than 63 bytes.
 */
size_t program_table_find(struct program_table *table, struct span name, bool *is_new);

/* One program, and how many there are. */
struct program_count *program_table_count(struct program_table *table, size_t index);
size_t program_table_counts(const struct program_table *table, const struct program_count **out);

/* Would a record of the program at this time be torn? */
static inline bool program_torn(const struct program_count *program, int64_t now)
{
	return now < program->torn_until || program->torn_bytes > 0;
}

/*
 * Registers a record of a program that cuts lines at cut_at bytes (not 0). Returns whether the
 * record is torn; torn records are counted.
 */
bool program_cut(struct program_count *program, const struct record *record, uint32_t cut_at);

/* Forgets which programs have cut a line. Call before records of another log. */
void program_table_settle(struct program_table *table);

#endif
