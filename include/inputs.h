/* SPDX-License-Identifier: MIT */
/* inputs: the files of a replay, in the order in which they are read. */
#ifndef RELAYDAM_INPUTS_H
#define RELAYDAM_INPUTS_H

#include <stddef.h>
#include <stdint.h>

#include "logtime.h"
#include "stamp.h"

struct input {
	char *path;
	int64_t first;	 /* time of its first record; INT64_MIN where it is not known */
	int64_t mtime;	 /* now where there is none, as for a pipe */
	uint64_t size;	 /* bytes of the file itself, 0 where it is not known */
	size_t position; /* on the command line */
};

struct inputs {
	struct input *list;
	size_t n;
	uint64_t size;	   /* of all */
	int64_t reference; /* the latest time of change */
};

/*
 * Looks into every file and puts them in the order of their first records' times; as they were given where a
 * time is not known. `year` as in struct logtime_options. Says nothing of what cannot be read: reading
 * will. Returns 0 and sets *out (free with inputs_free()), or -ENOMEM.
 */
int inputs_gather(struct inputs *out, char *const *paths, size_t n, const struct zone *zone,
		  int year);
void inputs_free(struct inputs *inputs);

#endif
