/* SPDX-License-Identifier: MIT */
/*
 * filters: the rules of all filters, and the way from a record to the one rule that matches it.
 *
 * The program's name selects a list of rules. Their common prefixes are matched once, as a tree
 * (match/pattern_set.h); PCRE2 matches the rest of each candidate. With MATCHER_PCRE2, PCRE2
 * matches one rule after the other. The first rule that matches takes the record, in the order in
 * which rules were added.
 */
#ifndef RELAYDAM_ENGINE_FILTERS_H
#define RELAYDAM_ENGINE_FILTERS_H

#include "engine/program_table.h"
#include "engine/rule.h"
#include "logline/record.h"
#include "util/addr.h"

enum { MATCH_VALUES = 2 }; /* user and recipient; enum distinct counts them from 1 */

/* A rule and what it captured in a record. Spans point into the record. */
struct match {
	const struct rule *rule;
	bool has_addr;
	struct addr addr;
	uint16_t port;	 /* 0: not in the line */
	uint32_t weight; /* hits, at least 1; multiplied by the record's repeat */
	struct span qid;
	struct span host;		  /* confirmed by the server; else empty */
	struct span values[MATCH_VALUES]; /* chosen by the client: never to be trusted */
	/* set by the engine, not here: what it derives from host and values while the record's text exists */
	bool host_ignored;
	uint64_t value[MATCH_VALUES];
};

struct filters;

/* Returns 0 and sets *out (free with filters_free()), or -ENOMEM. */
int filters_new(struct filters **out);
void filters_free(struct filters *filters);

/*
 * Selects the matcher, MATCHER_RELAYDAM by default. The results are the same. Must be called before
 * filters_add().
 */
void filters_set_matcher(struct filters *filters, enum matcher matcher);

/*
 * Appends a rule. Must be called before the first filters_match(). Returns the rule's index;
 * -EINVAL for an invalid pattern, with *error and *at as pattern_new() sets them; or -ENOMEM.
 */
int filters_add(struct filters *filters, const struct rule_spec *spec, char **error, size_t *at);

/* Makes rule `weak` a companion of rule `strong`. Returns 0 or -ENOMEM. */
int filters_pair(struct filters *filters, uint32_t weak, uint32_t strong);

size_t filters_rules(const struct filters *filters);
const struct rule *filters_rule(const struct filters *filters, size_t index);

/* The rule named "filter/name", or "name" in the filter `near`. NULL if there is none. */
const struct rule *filters_find(const struct filters *filters, const char *near, const char *name);

/*
 * Returns 1 and fills *out when a rule matches the record, else 0. Torn records (engine/program_table.h) match no rule: a
 * message of cut_at bytes or more, of a program that a rule with cut_at reads, makes the next ones torn.
 */
int filters_match(struct filters *filters, const struct record *record, struct match *out);

/* As filters_match(), but matches torn records, too. Sets *unread for these. */
int filters_match_alone(struct filters *filters, const struct record *record, struct match *out,
			bool *unread);

/* Forgets which programs have cut a line. Must be called when the next record is of another log. */
void filters_settle(struct filters *filters);

/* Tries every rule in order, for any program: for lines without a header. Returns 1 or 0. */
int filters_match_any(struct filters *filters, const struct record *record, struct match *out);

/* Tries one rule, for any program. Returns 1 or 0. */
int filters_match_rule(struct filters *filters, const struct rule *rule,
		       const struct record *record, struct match *out);

/* Records that no rule matched because a limit was hit. See also rule.gave_up. */
uint64_t filters_gave_up(const struct filters *filters);

/* Torn records. See also program_count.torn. */
uint64_t filters_torn(const struct filters *filters);

/* Sets *out to the counts of each program, owned by filters. Returns how many there are. */
size_t filters_programs(const struct filters *filters, const struct program_count **out);

#endif
