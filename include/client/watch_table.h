/* SPDX-License-Identifier: MIT */
/* watch_table: the waterfall of `relaydam watch`, a column block for each host, a line for each look. */
#ifndef RELAYDAM_CLIENT_WATCH_TABLE_H
#define RELAYDAM_CLIENT_WATCH_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
	WATCH_TABLE_BLOCK = 36,	 /* columns of one host */
	WATCH_TABLE_HEADER = 20, /* lines between two headers */
	WATCH_TABLE_HOSTS = 8,
	WATCH_TABLE_NAME = 64,
};

/* What one look at a daemon saw: gauges as they are, counters since the look before. */
struct watch_table_sample {
	bool away;   /* nobody answered */
	bool acting; /* a jail with when = "busy" does more than tell */
	long long sessions, busy, lines, hits, bans, in_force, accepted;
};

struct watch_table_host {
	char name[WATCH_TABLE_NAME];
	bool known; /* `before` holds an answer of the same daemon */
	long long pid;
	struct watch_table_sample before; /* its counters, as the daemon gave them */
};

struct watch_table_limits {
	long long sessions; /* what the server can hold at a time, 0: not known */
	int warn, alarm;    /* percent of it, from which on a figure is yellow, or red */
};

/* The sample between the last answer and this one (NULL: nobody answered) of `blocker`; "": the first. */
struct watch_table_sample watch_table_take(struct watch_table_host *host, const json_t *answer,
					   const char *blocker);

/* Two lines that name hosts and columns; one line of samples. */
void watch_table_header(FILE *to, const struct watch_table_host *hosts, size_t n, bool colour);
void watch_table_row(FILE *to, const char *time, const struct watch_table_sample *samples, size_t n,
		     const struct watch_table_limits *limits, bool colour);

/* The same as an object, which is the caller's; NULL without memory. */
json_t *watch_table_object(const char *time, const struct watch_table_host *host,
			   const struct watch_table_sample *sample);

#endif
