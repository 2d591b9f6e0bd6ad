/* SPDX-License-Identifier: MIT */
/*
 * host_state: the state of each host whose records come through one source: the offset of its clock
 * and its last match.
 *
 * A host is identified by the name in the record; records without a name count as one host. Bounded
 * to HOST_STATES: beyond these the host that has been silent for longest is dropped, and its clock
 * starts again without an offset.
 */
#ifndef RELAYDAM_ENGINE_HOST_STATE_H
#define RELAYDAM_ENGINE_HOST_STATE_H

#include "engine/filters.h"
#include "logline/log_clock.h"

enum { HOST_STATES = 16, HOST_STATE_NAME = 255 };

/* The last record that a rule took, for "last message repeated N times". */
struct last_match {
	bool valid;
	struct match match;
	uint32_t pid;
	size_t program_n, qid_n;
	char program[64], qid[64];
};

struct host_state {
	size_t name_n;
	char name[HOST_STATE_NAME]; /* the first bytes of a longer name */
	uint64_t turn;		    /* number of its last record; 0: unused */
	struct log_clock_shift shift;
	struct last_match last;
};

/* Initialise with zeros. */
struct host_states {
	uint64_t turn;
	unsigned recent; /* index of the host of the last record */
	struct host_state place[HOST_STATES];
};

/* The state of a host; a new one if it is unknown. Valid until the next call. */
struct host_state *host_state_of(struct host_states *states, struct span host);

#endif
