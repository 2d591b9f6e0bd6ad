/* SPDX-License-Identifier: MIT */
#include "engine/filters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match/pattern_set.h"

/* A list of rules that read the same records. Programs with the same list share it. */
struct dispatch {
	struct dispatch *next;
	size_t n;
	uint32_t cut_at; /* the least of the rules' that is not 0 */
	const struct rule **rules;
	struct pattern_set *patterns; /* NULL with MATCHER_PCRE2 */
};

struct filters {
	enum matcher matcher;
	size_t n;
	struct rule **rules;
	struct pattern_scratch *scratch;
	struct dispatch *dispatches;
	struct program_table *programs;
	const struct dispatch
		*dispatch[PROGRAM_TABLE_SIZE]; /* of each program; NULL: no filter reads it */
	struct program_count *last;	       /* the program of the last record, NULL */
	const struct dispatch *last_dispatch;
	uint64_t gave_up, torn;
};

int filters_new(struct filters **out)
{
	struct filters *filters = calloc(1, sizeof(*filters));
	int r;

	if (!filters)
		return -ENOMEM;
	r = pattern_scratch_new(&filters->scratch);
	if (r == 0)
		r = program_table_new(&filters->programs);
	if (r < 0)
		filters_free(filters);
	else
		*out = filters;
	return r;
}

void filters_set_matcher(struct filters *filters, enum matcher matcher)
{
	filters->matcher = matcher;
}

static void dispatch_free(struct dispatch *dispatch)
{
	if (!dispatch)
		return;
	free(dispatch->rules);
	pattern_set_free(dispatch->patterns);
	free(dispatch);
}

void filters_free(struct filters *filters)
{
	if (!filters)
		return;
	while (filters->dispatches) {
		struct dispatch *dispatch = filters->dispatches;

		filters->dispatches = dispatch->next;
		dispatch_free(dispatch);
	}
	for (size_t i = 0; i < filters->n; i++)
		rule_free(filters->rules[i]);
	free(filters->rules);
	program_table_free(filters->programs);
	pattern_scratch_free(filters->scratch);
	free(filters);
}

int filters_add(struct filters *filters, const struct rule_spec *spec, char **error, size_t *at)
{
	struct rule **rules = reallocarray(filters->rules, filters->n + 1, sizeof(struct rule *));
	struct rule *rule;
	int r;

	*error = NULL;
	if (!rules)
		return -ENOMEM;
	filters->rules = rules;
	r = rule_new(&rule, spec, filters->matcher, error, at);
	if (r < 0)
		return r;
	rule->index = (uint32_t)filters->n;
	rules[filters->n++] = rule;
	return (int)rule->index;
}

int filters_pair(struct filters *filters, uint32_t weak, uint32_t strong)
{
	return rule_add_weak(filters->rules[strong], filters->rules[weak]);
}

size_t filters_rules(const struct filters *filters)
{
	return filters->n;
}

const struct rule *filters_rule(const struct filters *filters, size_t index)
{
	return filters->rules[index];
}

const struct rule *filters_find(const struct filters *filters, const char *near, const char *name)
{
	const char *slash = strchr(name, '/');
	struct span filter = slash ? (struct span){ name, (size_t)(slash - name) } : span_of(near);
	const char *rule_name = slash ? slash + 1 : name;

	for (size_t i = 0; i < filters->n; i++) {
		const struct rule *rule = filters->rules[i];

		if (span_equal(span_of(rule->filter), filter) && strcmp(rule->name, rule_name) == 0)
			return rule;
	}
	return NULL;
}

static int make_pattern_set(struct dispatch *dispatch)
{
	const struct pattern **patterns = malloc(dispatch->n * sizeof(*patterns));
	int r;

	if (!patterns)
		return -ENOMEM;
	for (size_t i = 0; i < dispatch->n; i++)
		patterns[i] = dispatch->rules[i]->pattern;
	r = pattern_set_new(&dispatch->patterns, patterns, dispatch->n);
	free(patterns);
	return r;
}

static int dispatch_new(struct dispatch **out, const struct rule **rules, size_t n,
			enum matcher matcher)
{
	struct dispatch *dispatch = calloc(1, sizeof(*dispatch));
	int r = -ENOMEM;

	if (!dispatch)
		return r;
	dispatch->n = n;
	dispatch->rules = malloc(n * sizeof(const struct rule *));
	if (!dispatch->rules)
		goto out;
	memcpy(dispatch->rules, rules, n * sizeof(const struct rule *));
	for (size_t i = 0; i < n; i++)
		if (rules[i]->cut_at > 0 &&
		    (dispatch->cut_at == 0 || rules[i]->cut_at < dispatch->cut_at))
			dispatch->cut_at = rules[i]->cut_at;
	r = matcher == MATCHER_RELAYDAM ? make_pattern_set(dispatch) : 0;
out:
	if (r < 0)
		dispatch_free(dispatch);
	else
		*out = dispatch;
	return r;
}

/* The dispatch with exactly these rules, made if it is new. NULL: no rules, or out of memory. */
static const struct dispatch *dispatch_of(struct filters *filters, const struct rule **rules,
					  size_t n)
{
	struct dispatch *dispatch = filters->dispatches;

	if (n == 0)
		return NULL;
	for (; dispatch; dispatch = dispatch->next)
		if (dispatch->n == n && memcmp(dispatch->rules, rules, n * sizeof(*rules)) == 0)
			return dispatch;
	if (dispatch_new(&dispatch, rules, n, filters->matcher) < 0)
		return NULL;
	dispatch->next = filters->dispatches;
	filters->dispatches = dispatch;
	return dispatch;
}

static const struct dispatch *dispatch_for(struct filters *filters, struct span program)
{
	const struct rule **rules = malloc((filters->n + 1) * sizeof(*rules));
	const struct dispatch *dispatch;
	size_t n = 0;

	if (!rules)
		return NULL;
	for (size_t i = 0; i < filters->n; i++)
		if (rule_reads(filters->rules[i], program))
			rules[n++] = filters->rules[i];
	dispatch = dispatch_of(filters, rules, n);
	free(rules);
	return dispatch;
}

/* Makes the record's program the last one. Returns false when it has no place in the table. */
static bool program_find(struct filters *filters, struct span name)
{
	bool is_new;
	size_t index = program_table_find(filters->programs, name, &is_new);

	if (index == PROGRAM_TABLE_SIZE) {
		filters->last = NULL;
		return false;
	}
	filters->last = program_table_count(filters->programs, index);
	if (is_new) {
		filters->dispatch[index] = dispatch_for(filters, name);
		filters->last->known = filters->dispatch[index] != NULL;
	}
	filters->last_dispatch = filters->dispatch[index];
	return true;
}

/* The rules for a record of this program, which is counted. */
static const struct dispatch *lookup(struct filters *filters, struct span name)
{
	const struct program_count *last = filters->last;

	if ((!last || !span_equal(last->name, name)) && !program_find(filters, name))
		return dispatch_for(filters, name);
	filters->last->lines++;
	return filters->last_dispatch;
}

/* The value of at most seven digits; 0 for more. */
static uint32_t small_number(struct span s)
{
	uint32_t value = 0;

	if (s.n > 7)
		return 0;
	for (size_t i = 0; i < s.n; i++)
		value = value * 10 + (uint32_t)(s.p[i] - '0');
	return value;
}

/* Fills the match from what the pattern captured. Returns false if <addr> is no address. */
static bool take(const struct rule *rule, const struct record *record,
		 const struct capture *capture, struct match *out)
{
	const struct span *group = capture->group;
	uint32_t weight = group[GROUP_WEIGHT].p ? small_number(group[GROUP_WEIGHT]) : 1;
	uint32_t port = group[GROUP_PORT].p ? small_number(group[GROUP_PORT]) : 0;

	*out = (struct match){ .rule = rule,
			       .qid = group[GROUP_QID],
			       .values = { group[GROUP_USER], group[GROUP_RECIPIENT] } };
	if (rule->confirmed)
		out->host = group[GROUP_HOST];
	if (group[GROUP_ADDR].p) {
		if (addr_parse(group[GROUP_ADDR].p, group[GROUP_ADDR].n, &out->addr) < 0)
			return false;
		out->has_addr = true;
	}
	out->port = port <= UINT16_MAX ? (uint16_t)port : 0;
	if (weight < 1)
		weight = 1;
	if (weight > RECORD_MOST_REPEATS / record->repeat)
		out->weight = RECORD_MOST_REPEATS;
	else
		out->weight = weight * record->repeat;
	return true;
}

/* rule NULL: in the prefixes that the rules share. */
static void give_up(struct filters *filters, const struct rule *rule)
{
	filters->gave_up++;
	if (rule)
		filters->rules[rule->index]->gave_up++;
}

int filters_match_rule(struct filters *filters, const struct rule *rule,
		       const struct record *record, struct match *out)
{
	struct capture capture;
	int r = pattern_match(rule->pattern, filters->scratch, record->message, &capture);

	if (r == PATTERN_GAVE_UP)
		give_up(filters, rule);
	return r == PATTERN_YES && take(rule, record, &capture, out);
}

/* The first rule whose pattern matches, as pattern_set_match(). */
static int find_match(const struct filters *filters, const struct dispatch *dispatch,
		      struct span message, size_t from, size_t *index, struct capture *capture)
{
	int r = PATTERN_NO;

	if (dispatch->patterns)
		return pattern_set_match(dispatch->patterns, filters->scratch, message, from, index,
					 capture);
	for (size_t i = from; r == PATTERN_NO && i < dispatch->n; i++) {
		*index = i;
		r = pattern_match(dispatch->rules[i]->pattern, filters->scratch, message, capture);
	}
	return r;
}

static int match_in(struct filters *filters, const struct dispatch *dispatch,
		    const struct record *record, struct match *out)
{
	struct capture capture;

	/* what is no address is no match, so that a later rule may match the line */
	for (size_t i = 0;; i++) {
		int r = find_match(filters, dispatch, record->message, i, &i, &capture);

		if (r == PATTERN_GAVE_UP)
			give_up(filters, i == PATTERN_SET_PREFIX ? NULL : dispatch->rules[i]);
		if (r != PATTERN_YES)
			return 0;
		if (take(dispatch->rules[i], record, &capture, out))
			return 1;
	}
}

/* Is the record possibly the rest of a line that was cut? To be called after lookup(). */
static bool is_torn(struct filters *filters, const struct dispatch *dispatch,
		    const struct record *record)
{
	if (dispatch->cut_at == 0 || !filters->last ||
	    !program_cut(filters->last, record, dispatch->cut_at))
		return false;
	filters->torn++;
	return true;
}

int filters_match(struct filters *filters, const struct record *record, struct match *out)
{
	const struct dispatch *dispatch = lookup(filters, record->program);

	if (!dispatch || record->message.n == 0 || is_torn(filters, dispatch, record))
		return 0;
	return match_in(filters, dispatch, record, out);
}

int filters_match_alone(struct filters *filters, const struct record *record, struct match *out,
			bool *unread)
{
	const struct dispatch *dispatch = lookup(filters, record->program);

	*unread = false;
	if (!dispatch || record->message.n == 0)
		return 0;
	*unread = is_torn(filters, dispatch, record);
	return match_in(filters, dispatch, record, out);
}

void filters_settle(struct filters *filters)
{
	program_table_settle(filters->programs);
}

int filters_match_any(struct filters *filters, const struct record *record, struct match *out)
{
	if (record->message.n == 0)
		return 0;
	for (size_t i = 0; i < filters->n; i++) {
		uint64_t gave_up = filters->gave_up;

		if (filters_match_rule(filters, filters->rules[i], record, out))
			return 1;
		if (filters->gave_up > gave_up)
			return 0;
	}
	return 0;
}

uint64_t filters_gave_up(const struct filters *filters)
{
	return filters->gave_up;
}

uint64_t filters_torn(const struct filters *filters)
{
	return filters->torn;
}

size_t filters_programs(const struct filters *filters, const struct program_count **out)
{
	return program_table_counts(filters->programs, out);
}
