/* SPDX-License-Identifier: MIT */
/*
 * host_state: the hosts whose records come through one source, each with what must not be taken for another's: how its
 * clock is off, and its last record.
 *
 * A host's name is what a record says; where none is said, that is a host, too. The host that was silent for longest makes room
 * when there are more than HOST_STATES: its clock is then believed anew.
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
	char name[HOST_STATE_NAME]; /* its first bytes, where it is longer */
	uint64_t turn;		    /* when it was heard last; 0: a free place */
	struct log_clock_shift shift;
	struct last_match last;
};

/* Made of zeros. */
struct host_states {
	uint64_t turn;
	unsigned recent; /* the place of the host that was heard last */
	struct host_state place[HOST_STATES];
};

/* The host's place, a new one where it is not known. Good until the next call. */
struct host_state *host_state_of(struct host_states *states, struct span host);

#endif
