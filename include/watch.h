/* SPDX-License-Identifier: MIT */
/* watch: the waterfall of `relaydam watch`, a column block for each host, a line for each look. */
#ifndef RELAYDAM_WATCH_H
#define RELAYDAM_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
	WATCH_BLOCK = 36,  /* columns of one host */
	WATCH_HEADER = 20, /* lines between two headers */
	WATCH_HOSTS = 8,
	WATCH_NAME = 64,
};

/* What one look at a daemon saw: gauges as they are, counters since the look before. */
struct watch_sample {
	bool away;   /* nobody answered */
	bool acting; /* a jail with when = "busy" does more than tell */
	long long sessions, busy, lines, hits, bans, in_force, accepted;
};

struct watch_host {
	char name[WATCH_NAME];
	bool known; /* `before` holds an answer of the same daemon */
	long long pid;
	struct watch_sample before; /* its counters, as the daemon gave them */
};

struct watch_limits {
	long long sessions; /* what the server can hold at a time, 0: not known */
	int warn, alarm;    /* percent of it, from which on a figure is yellow, or red */
};

/* The sample between the last answer and this one (NULL: nobody answered) of `blocker`; "": the first. */
struct watch_sample watch_take(struct watch_host *host, const json_t *answer, const char *blocker);

/* Two lines that name hosts and columns; one line of samples. */
void watch_header(FILE *to, const struct watch_host *hosts, size_t n, bool colour);
void watch_row(FILE *to, const char *time, const struct watch_sample *samples, size_t n,
	       const struct watch_limits *limits, bool colour);

/* The same as an object, which is the caller's; NULL without memory. */
json_t *watch_object(const char *time, const struct watch_host *host,
		     const struct watch_sample *sample);

#endif
