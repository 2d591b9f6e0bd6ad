/* SPDX-License-Identifier: MIT */
/* watch_table: the table of `relaydam watch`: a block of columns per host, a line per poll. */
#ifndef RELAYDAM_CLIENT_WATCH_TABLE_H
#define RELAYDAM_CLIENT_WATCH_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
	WATCH_TABLE_BLOCK = 36,	 /* characters of one host's columns */
	WATCH_TABLE_HEADER = 20, /* lines between two headers */
	WATCH_TABLE_HOSTS = 8,
	WATCH_TABLE_NAME = 64,
};

/* One poll of a daemon: gauges as they are, counters as the difference from the previous poll. */
struct watch_table_sample {
	bool unreachable; /* no answer; the rest is 0 */
	bool acting;	  /* a jail with when = "busy" is active */
	long long sessions, busy, lines, hits, bans, in_force, accepted;
};

struct watch_table_host {
	char name[WATCH_TABLE_NAME];
	bool known;    /* the previous poll was answered: `before` and `pid` are valid */
	long long pid; /* of that daemon; its counters start at 0 with it */
	struct watch_table_sample before; /* the counters of its answer */
};

struct watch_table_limits {
	long long sessions; /* that the server can serve at a time; 0: unknown */
	int warn, alarm;    /* percentages of it from which a figure is yellow, and red */
};

/*
 * The sample of an answer to `status` (NULL: no answer), which it keeps in `host` for the next
 * call. Sessions are those of the blocker with that name; "": of the first one.
 */
struct watch_table_sample watch_table_take(struct watch_table_host *host, const json_t *answer,
					   const char *blocker);

/* The names of the columns, below those of the hosts if there are several; a line of samples. */
void watch_table_header(FILE *to, const struct watch_table_host *hosts, size_t n, bool colour);
void watch_table_row(FILE *to, const char *time, const struct watch_table_sample *samples, size_t n,
		     const struct watch_table_limits *limits, bool colour);

/* The same as an object for --json; the caller must json_decref() it. NULL: out of memory. */
json_t *watch_table_object(const char *time, const struct watch_table_host *host,
			   const struct watch_table_sample *sample);

#endif
