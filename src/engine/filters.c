/* SPDX-License-Identifier: MIT */
/* Programs whose lines the same rules read share one `dispatch`, which holds those rules' trie. */
#include "engine/filters.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>

#include "match/pattern_set.h"

enum {
	NAME_LONGEST = 64,
	SLOTS = 2 * FILTERS_NAMES,
};

struct dispatch {
	struct dispatch *next;
	size_t n;
	uint32_t cut_at;
	const struct rule **rules;
	struct pattern_set *trie;
};

struct program {
	char name[NAME_LONGEST];
	const struct dispatch *dispatch; /* NULL: no filter reads it */
};

struct filters {
	size_t n;
	struct rule **rules;
	struct pattern_scratch *scratch;
	struct dispatch *dispatches;
	size_t programs;
	struct program program[FILTERS_NAMES];
	struct program_count count[FILTERS_NAMES];
	uint16_t slot[SLOTS]; /* 0: empty, else index in program[] + 1 */
	size_t last;	      /* index + 1 of the program seen last */
	uint64_t gave_up, torn;
};

int filters_new(struct filters **out)
{
	struct filters *filters = calloc(1, sizeof(*filters));
	int r;

	if (!filters)
		return -ENOMEM;
	r = pattern_scratch_new(&filters->scratch);
	if (r < 0) {
		free(filters);
		return r;
	}
	*out = filters;
	return 0;
}

static void dispatch_free(struct dispatch *dispatch)
{
	if (!dispatch)
		return;
	free(dispatch->rules);
	pattern_set_free(dispatch->trie);
	free(dispatch);
}

static void rule_free(struct rule *rule)
{
	if (!rule)
		return;
	for (const char **p = rule->programs; p && *p; p++)
		free((char *)*p);
	free(rule->programs);
	free(rule->weak);
	free((char *)rule->filter);
	free((char *)rule->name);
	pattern_free(rule->pattern);
	free(rule);
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
	pattern_scratch_free(filters->scratch);
	free(filters);
}

static int copy_programs(struct rule *rule, const char *const *programs)
{
	size_t n = 0;

	while (programs[n])
		n++;
	rule->programs = calloc(n + 1, sizeof(*rule->programs));
	if (!rule->programs)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		rule->programs[i] = strdup(programs[i]);
		if (!rule->programs[i])
			return -ENOMEM;
	}
	return 0;
}

static int rule_new(struct rule **out, const struct rule_spec *spec, char **error, size_t *at)
{
	struct rule *rule = calloc(1, sizeof(*rule));
	int r = -ENOMEM;

	*error = NULL;
	if (!rule)
		return r;
	rule->offence = spec->offence;
	rule->role = spec->role;
	rule->visit = spec->visit;
	rule->uncounted = spec->uncounted;
	rule->confirmed = spec->confirmed;
	rule->line = spec->line;
	rule->cut_at = spec->cut_at;
	rule->filter = strdup(spec->filter);
	rule->name = strdup(spec->name);
	if (rule->filter && rule->name)
		r = copy_programs(rule, spec->programs);
	if (r == 0)
		r = pattern_new(&rule->pattern, spec->match, error, at);
	if (r < 0)
		rule_free(rule);
	else
		*out = rule;
	return r;
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
	r = rule_new(&rule, spec, error, at);
	if (r < 0)
		return r;
	rule->index = (uint32_t)filters->n;
	rules[filters->n++] = rule;
	return (int)rule->index;
}

int filters_pair(struct filters *filters, uint32_t weak, uint32_t strong)
{
	struct rule *rule = filters->rules[strong];
	const struct rule **list =
		reallocarray(rule->weak, rule->weak_n + 1, sizeof(const struct rule *));

	if (!list)
		return -ENOMEM;
	rule->weak = list;
	list[rule->weak_n++] = filters->rules[weak];
	filters->rules[weak]->is_weak = true;
	return 0;
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

/*
 * Is `name` the family of the glob: "postfix" of "postfix*" + "/smtpd"? rsyslog's RFC 5424 form cuts
 * the program at the slash, so then every rule of the family is tried.
 */
static bool is_family(const char *glob, const char *name)
{
	const char *slash = strchr(glob, '/');
	char head[NAME_LONGEST];
	size_t n;

	if (!slash || strchr(name, '/'))
		return false;
	n = (size_t)(slash - glob);
	if (n >= sizeof(head))
		return false;
	memcpy(head, glob, n);
	head[n] = '\0';
	/* "*" before the slash names no family: it would be everybody's */
	return strspn(head, "*?") < n && fnmatch(head, name, 0) == 0;
}

bool filters_rule_reads(const struct rule *rule, struct span program)
{
	char name[NAME_LONGEST];

	if (program.n == 0 || program.n >= sizeof(name))
		return false;
	memcpy(name, program.p, program.n);
	name[program.n] = '\0';
	for (const char **glob = rule->programs; *glob; glob++)
		if (fnmatch(*glob, name, 0) == 0 || is_family(*glob, name))
			return true;
	return false;
}

static int dispatch_new(struct dispatch **out, const struct rule **rules, size_t n)
{
	struct dispatch *dispatch = calloc(1, sizeof(*dispatch));
	const struct pattern **patterns = malloc(n * sizeof(*patterns));
	int r = -ENOMEM;

	if (!dispatch || !patterns)
		goto out;
	dispatch->n = n;
	dispatch->rules = malloc(n * sizeof(const struct rule *));
	if (!dispatch->rules)
		goto out;
	memcpy(dispatch->rules, rules, n * sizeof(const struct rule *));
	for (size_t i = 0; i < n; i++) {
		patterns[i] = rules[i]->pattern;
		if (rules[i]->cut_at > 0 &&
		    (dispatch->cut_at == 0 || rules[i]->cut_at < dispatch->cut_at))
			dispatch->cut_at = rules[i]->cut_at;
	}
	r = pattern_set_new(&dispatch->trie, patterns, n);
out:
	free(patterns);
	if (r < 0)
		dispatch_free(dispatch);
	else
		*out = dispatch;
	return r;
}

/* The dispatch for this very list of rules, made when it is new; NULL for none, or no memory. */
static const struct dispatch *dispatch_of(struct filters *filters, const struct rule **rules,
					  size_t n)
{
	struct dispatch *dispatch = filters->dispatches;

	if (n == 0)
		return NULL;
	for (; dispatch; dispatch = dispatch->next)
		if (dispatch->n == n && memcmp(dispatch->rules, rules, n * sizeof(*rules)) == 0)
			return dispatch;
	if (dispatch_new(&dispatch, rules, n) < 0)
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
		if (filters_rule_reads(filters->rules[i], program))
			rules[n++] = filters->rules[i];
	dispatch = dispatch_of(filters, rules, n);
	free(rules);
	return dispatch;
}

static struct program *program_add(struct filters *filters, struct span name, uint16_t *slot)
{
	struct program *program = &filters->program[filters->programs];
	struct program_count *count = &filters->count[filters->programs];

	if (name.n > 0)
		memcpy(program->name, name.p, name.n);
	program->name[name.n] = '\0';
	program->dispatch = dispatch_for(filters, name);
	count->name = (struct span){ program->name, name.n };
	count->torn_until = INT64_MIN;
	count->torn_bytes = 0;
	count->known = program->dispatch != NULL;
	*slot = (uint16_t)++filters->programs;
	return program;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

/* Not keyed: the table is small and bounded, and who may choose programs' names may do worse. */
static size_t name_hash(struct span name)
{
	uint64_t hash = name.n;

	if (name.n < 8) {
		for (size_t i = 0; i < name.n; i++)
			hash = hash << 8 ^ (unsigned char)name.p[i];
		return mix(hash, 0);
	}
	for (size_t i = 0; i + 8 < name.n; i += 8)
		hash = mix(hash, span_word(name.p + i));
	return mix(hash, span_word(name.p + name.n - 8));
}

/* The program's place in program[] + 1, or 0 when there is no place for it. */
static size_t program_find(struct filters *filters, struct span name)
{
	size_t slot = name_hash(name) % SLOTS;

	if (name.n >= NAME_LONGEST)
		return 0;
	for (; filters->slot[slot]; slot = (slot + 1) % SLOTS)
		if (span_equal(filters->count[filters->slot[slot] - 1].name, name))
			return filters->slot[slot];
	if (filters->programs == FILTERS_NAMES)
		return 0;
	program_add(filters, name, &filters->slot[slot]);
	return filters->slot[slot];
}

static const struct dispatch *lookup(struct filters *filters, struct span name)
{
	size_t last = filters->last;

	if (last == 0 || !span_equal(filters->count[last - 1].name, name))
		last = filters->last = program_find(filters, name);
	if (last == 0)
		return dispatch_for(filters, name);
	filters->count[last - 1].lines++;
	return filters->program[last - 1].dispatch;
}

/* "25", "3": a number of at most seven digits, else 0. */
static uint32_t small_number(struct span s)
{
	uint32_t value = 0;

	if (s.n > 7)
		return 0;
	for (size_t i = 0; i < s.n; i++)
		value = value * 10 + (uint32_t)(s.p[i] - '0');
	return value;
}

/* Fills the match from what the pattern captured; false when the address is none. */
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

/* rule NULL: the walk that all of a program's rules share. */
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

static int match_in(struct filters *filters, const struct dispatch *dispatch,
		    const struct record *record, struct match *out)
{
	struct capture capture;

	/* what is no address is no match: then a rule behind may take the line */
	for (size_t i = 0;; i++) {
		int r = pattern_set_match(dispatch->trie, filters->scratch, record->message, i, &i,
					  &capture);

		if (r == PATTERN_GAVE_UP)
			give_up(filters, i == PATTERN_SET_PREFIX ? NULL : dispatch->rules[i]);
		if (r != PATTERN_YES)
			return 0;
		if (take(dispatch->rules[i], record, &capture, out))
			return 1;
	}
}

/* Might this be the rest of a line that its writer cut? Asked right after lookup(). */
static bool is_torn(struct filters *filters, const struct dispatch *dispatch,
		    const struct record *record)
{
	struct program_count *program;

	if (dispatch->cut_at == 0 || filters->last == 0)
		return false;
	program = &filters->count[filters->last - 1];
	if (record->message.n >= dispatch->cut_at) {
		program->torn_until = record->time + FILTERS_TORN;
		program->torn_bytes = FILTERS_HELD;
		return false;
	}
	if (!program_torn(program, record->time))
		return false;
	program->torn++;
	if (program->torn_bytes < record->message.n)
		program->torn_bytes = 0;
	else
		program->torn_bytes -= record->message.n;
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
	for (size_t i = 0; i < filters->programs; i++) {
		filters->count[i].torn_until = INT64_MIN;
		filters->count[i].torn_bytes = 0;
	}
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
	*out = filters->count;
	return filters->programs;
}
