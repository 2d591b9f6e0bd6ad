/* SPDX-License-Identifier: MIT */
/*
 * filters: the rules of all programs, and the way from a record to the one rule that takes it.
 *
 * The program's name picks the rules, the first eight bytes of the message a few candidates
 * among them, PCRE2 decides. The order is that of the files: the first rule that matches takes
 * the line. See filters_match().
 */
#ifndef RELAYDAM_ENGINE_FILTERS_H
#define RELAYDAM_ENGINE_FILTERS_H

#include "engine/offence.h"
#include "logline/record.h"
#include "match/pattern.h"
#include "util/addr.h"

enum correlation_role {
	CORRELATION_NO,	     /* the rule proves an offence */
	CORRELATION_OPEN,    /* a queue id came from this client */
	CORRELATION_ACCEPT,  /* the server took the mail with this queue id */
	CORRELATION_CLOSE,   /* this queue id is done with */
	CORRELATION_CREDIT,  /* no offence, but its companions' lines are of the same event */
	CORRELATION_PENDING, /* proves an offence of a queue id whose client another line names */
};

/* Which lines belong to one visit, for companions. */
enum visit {
	VISIT_PROCESS, /* same host, program, pid and client */
	VISIT_CLIENT,  /* same host and client */
	VISIT_PORT,    /* same host, client and client's port */
};

struct rule {
	const char *filter; /* name of its filter */
	const char *name;
	const char **programs; /* globs, NULL at the end */
	struct pattern *pattern;
	enum offence offence;
	enum correlation_role role;
	enum visit visit; /* of this rule as a companion */
	uint32_t cut_at;  /* its writer cuts lines at so many bytes; 0: never */
	unsigned line;	  /* in its filter's file, for messages */
	uint32_t index;	  /* in filters_rule() */
	size_t weak_n;	  /* rules that are companions of this one: it gives them credit */
	const struct rule **weak;
	bool is_weak;	  /* is itself a companion */
	bool uncounted;	  /* proves the offence, but another line of the event always counts */
	bool confirmed;	  /* the server has confirmed the host name in the line, or there is none */
	uint64_t gave_up; /* lines on which PCRE2 hit a limit */
};

enum { MATCH_VALUES = 2 }; /* user and recipient, as enum distinct has them from 1 on */

/* What a rule took from a record. Spans point into the record. */
struct match {
	const struct rule *rule;
	bool has_addr;
	struct addr addr;
	uint16_t port;	 /* 0: not in the line */
	uint32_t weight; /* hits, at least 1; the record's repeats included */
	struct span qid;
	struct span host;		  /* confirmed by the server; else empty */
	struct span values[MATCH_VALUES]; /* what the client said: never to be trusted */
	/* not of the filter: what the engine makes of these, as the record's text does not stay */
	bool host_ignored;
	uint64_t value[MATCH_VALUES];
};

/* Does a line of this rule prove something, or is it only there for other lines? */
static inline bool rule_proves(const struct rule *rule)
{
	return rule->role == CORRELATION_NO || rule->role == CORRELATION_PENDING;
}

struct filters;

/*
 * Behind a line that was cut: ten minutes, and as many bytes as its writer may hold back. courierlogger reads 4,096 at a time
 * and, tried with 1.0.16, writes each piece of a line only when the next line comes, however late; nobody else may.
 */
#define FILTERS_TORN (INT64_C(600) * 1000000)
#define FILTERS_HELD 4096

/* How a rule is described; all text is copied. */
struct rule_spec {
	const char *filter, *name, *match;
	const char *const *programs; /* globs, NULL at the end */
	enum offence offence;
	enum correlation_role role;
	enum visit visit;
	bool uncounted, confirmed;
	unsigned line;
	uint32_t cut_at; /* see filters_match(); 0: never */
};

/* Returns 0 and sets *out (free with filters_free()), or -ENOMEM. */
int filters_new(struct filters **out);
void filters_free(struct filters *filters);

/*
 * Adds a rule behind those that are there; before the first filters_match(). *error and *at as
 * in pattern_new(). Returns the rule's index, -EINVAL for a bad pattern, or -ENOMEM.
 */
int filters_add(struct filters *filters, const struct rule_spec *spec, char **error, size_t *at);

/* Makes rule `weak` a companion of rule `strong`. Returns 0 or -ENOMEM. */
int filters_pair(struct filters *filters, uint32_t weak, uint32_t strong);

size_t filters_rules(const struct filters *filters);
const struct rule *filters_rule(const struct filters *filters, size_t index);

/* The rule named "filter/name", or just "name" in the filter `near`; NULL if there is none. */
const struct rule *filters_find(const struct filters *filters, const char *near, const char *name);

/*
 * Returns 1 and fills *out when a rule takes the record, 0 when none does.
 *
 * Some writers cut a long line and log its rest as a line of its own, so that a client who makes it
 * long enough writes the rest. Where a rule's filter says that its programs do (cut_at), a message of
 * cut_at bytes or more makes what follows of that program unread: for FILTERS_TORN microseconds, and until its
 * messages have come to FILTERS_HELD bytes.
 */
int filters_match(struct filters *filters, const struct record *record, struct match *out);

/* The same for a line by itself. *unread: filters_match() would not have read it, for what came before it. */
int filters_match_alone(struct filters *filters, const struct record *record, struct match *out,
			bool *unread);

/* Forgets which programs have cut a line: what follows has nothing to do with what was before. */
void filters_settle(struct filters *filters);

/* The same with every rule in turn whatever the program: for lines that have no header. */
int filters_match_any(struct filters *filters, const struct record *record, struct match *out);

/* Tries one rule alone, its program not asked. Returns 1 or 0. */
int filters_match_rule(struct filters *filters, const struct rule *rule,
		       const struct record *record, struct match *out);

/* Does this rule's list of programs name this one? */
bool filters_rule_reads(const struct rule *rule, struct span program);

/* Lines on which a match was given up at a limit: no rule takes these. See also rule.gave_up. */
uint64_t filters_gave_up(const struct filters *filters);

/* Records not read since they may be the rest of a line that was cut. See also program_count.torn. */
uint64_t filters_torn(const struct filters *filters);

/* Lines by program, for the summary. Up to FILTERS_NAMES names are told apart. */
enum { FILTERS_NAMES = 256 };
struct program_count {
	struct span name;
	uint64_t lines;
	uint64_t torn;	    /* records not read since they may be the rest of a line that was cut */
	int64_t torn_until; /* records before this time may be; INT64_MIN: none */
	size_t torn_bytes;  /* and so many bytes of them, however late */
	bool known;	    /* some filter reads it */
};
static inline bool program_torn(const struct program_count *program, int64_t now)
{
	return now < program->torn_until || program->torn_bytes > 0;
}
size_t filters_programs(const struct filters *filters, const struct program_count **out);

#endif
