/* SPDX-License-Identifier: MIT */
/* rule: a pattern, the programs whose lines it reads, and what a line that it matches proves. */
#ifndef RELAYDAM_ENGINE_RULE_H
#define RELAYDAM_ENGINE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/offence.h"
#include "match/pattern.h"

enum correlation_role {
	CORRELATION_NO,	     /* the line proves an offence */
	CORRELATION_OPEN,    /* a queue id came from this client */
	CORRELATION_ACCEPT,  /* the server has accepted the mail with this queue id */
	CORRELATION_CLOSE,   /* the server is done with this queue id */
	CORRELATION_CREDIT,  /* no offence, but the lines of companions belong to the same event */
	CORRELATION_PENDING, /* proves an offence; another line names the client of the queue id */
};

/* Which lines belong to one visit, for companions. */
enum visit {
	VISIT_PROCESS, /* same host, program, pid and client */
	VISIT_CLIENT,  /* same host and client */
	VISIT_PORT,    /* same host, client and port of the client */
};

struct rule {
	const char *filter; /* name of its filter */
	const char *name;
	const char **programs; /* globs, NULL at the end */
	struct pattern *pattern;
	enum offence offence;
	enum correlation_role role;
	enum visit visit; /* of this rule as a companion */
	uint32_t
		cut_at; /* its programs cut lines at so many bytes; 0: never. See filters_match() */
	unsigned line;	/* in its filter's file, for messages */
	uint32_t index; /* in filters_rule() */
	size_t weak_n;	/* rules that are companions of this one: it gives them credit */
	const struct rule **weak;
	bool is_weak;	  /* is itself a companion */
	bool uncounted;	  /* proves the offence, but another line of the event is always counted */
	bool confirmed;	  /* the server has confirmed the host name in the line, or there is none */
	uint64_t gave_up; /* lines on which its pattern hit a limit */
};

/* What rule_new() makes a rule of; all text is copied. */
struct rule_spec {
	const char *filter, *name, *match;
	const char *const *programs; /* globs, NULL at the end */
	enum offence offence;
	enum correlation_role role;
	enum visit visit;
	bool uncounted, confirmed;
	unsigned line;
	uint32_t cut_at;
};

/*
 * Returns 0 and sets *out (free with rule_free()), -EINVAL for a bad pattern with *error and *at as pattern_new(), or -ENOMEM.
 */
int rule_new(struct rule **out, const struct rule_spec *spec, enum matcher matcher, char **error,
	     size_t *at);
void rule_free(struct rule *rule);

/* Adds a companion. Returns 0 or -ENOMEM. */
int rule_add_weak(struct rule *rule, struct rule *weak);

/* Does a line of this rule prove an offence, or does it only belong to other lines? */
static inline bool rule_proves(const struct rule *rule)
{
	return rule->role == CORRELATION_NO || rule->role == CORRELATION_PENDING;
}

/* Does the rule read lines of this program? */
bool rule_reads(const struct rule *rule, struct span program);

#endif
