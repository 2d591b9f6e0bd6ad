/* SPDX-License-Identifier: MIT */
/* regex_compile: puts steps in a row. A label is a number for a place that may not be known yet. */
#ifndef RELAYDAM_MATCH_REGEX_COMPILE_H
#define RELAYDAM_MATCH_REGEX_COMPILE_H

#include "match/byteset.h"
#include "match/regex_ast.h"
#include "regex_prog.h"

enum { REGEX_CODE_SLOTS = 4096 };

/* Made of zeros; steps_n and slots are for reading. */
struct regex_code {
	struct regex_step *steps;
	uint32_t steps_n, joinable; /* literals from there on may grow */
	uint32_t *labels;	    /* the step of each */
	uint32_t labels_n;
	struct regex_branch *turns;
	uint32_t turns_n;
	uint16_t (*tables)[257];
	uint32_t tables_n;
	bool (*firsts)[257];
	uint32_t firsts_n;
	struct byteset *sets;
	uint32_t sets_n;
	uint32_t slots;		/* in use at once */
	struct regex_step lost; /* where steps go when there is no memory */
	bool failed;		/* no memory: whatever was added since is lost */
};

void regex_code_free(struct regex_code *code);

/* A label without a place, and the same for the place where the next step will be. */
uint32_t regex_code_label(struct regex_code *code);
void regex_code_place(struct regex_code *code, uint32_t label);

/* Adds a step; returns a pointer to it that the next one makes stale. Never NULL. */
struct regex_step *regex_code_step(struct regex_code *code, enum regex_step_kind kind,
				   uint32_t fail);

/*
 * Adds one item of a sequence; `behind` items follow it there. When it does not fit the walk goes on at `fail`, where
 * what was captured since is forgotten. Slots from `slot` on are free to use.
 */
void regex_code_item(struct regex_code *code, const struct regex_item *item, uint32_t fail,
		     unsigned slot);

/*
 * Adds a place from where n turns lead on, tried in order: `first` has 257 bytes for each, those that it may begin with. The
 * caller places their labels. Returns the label for a turn to fail at; when all did, the walk goes on at `fail`.
 */
uint32_t regex_code_fork(struct regex_code *code, const struct regex_branch *turns, size_t n,
			 const bool (*first)[257], uint32_t fail, unsigned slot);

/* Labels become steps. Returns 0 or -ENOMEM; nothing can be added after it. */
int regex_code_finish(struct regex_code *code);

#endif
