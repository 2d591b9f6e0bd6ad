/* SPDX-License-Identifier: MIT */
/*
 * origin: the hosts whose records come through one source, each with what must not be taken for another's: how its
 * clock is off, and its last record.
 *
 * A host's name is what a record says; where none is said, that is a host, too. The host that was silent for longest makes room
 * when there are more than ORIGINS: its clock is then believed anew.
 */
#ifndef RELAYDAM_ORIGIN_H
#define RELAYDAM_ORIGIN_H

#include "filter.h"
#include "logline/log_clock.h"

enum { ORIGINS = 16, ORIGIN_NAME = 255 };

/* The last record that a rule took, for "last message repeated N times". */
struct remembered {
	bool valid;
	struct match match;
	uint32_t pid;
	size_t program_n, qid_n;
	char program[64], qid[64];
};

struct origin {
	size_t name_n;
	char name[ORIGIN_NAME]; /* its first bytes, where it is longer */
	uint64_t turn;		/* when it was heard last; 0: a free place */
	struct log_clock_shift shift;
	struct remembered last;
};

/* Made of zeros. */
struct origins {
	uint64_t turn;
	unsigned recent; /* the place of the host that was heard last */
	struct origin place[ORIGINS];
};

/* The host's place, a new one where it is not known. Good until the next call. */
struct origin *origin_of(struct origins *origins, struct span host);

#endif
