/* SPDX-License-Identifier: MIT */
#include "engine/rule.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LONGEST = 64 };

void rule_free(struct rule *rule)
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

int rule_new(struct rule **out, const struct rule_spec *spec, enum matcher matcher, char **error,
	     size_t *at)
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
		r = pattern_new(&rule->pattern, spec->match, matcher, error, at);
	if (r < 0)
		rule_free(rule);
	else
		*out = rule;
	return r;
}

int rule_add_weak(struct rule *rule, struct rule *weak)
{
	const struct rule **list =
		reallocarray(rule->weak, rule->weak_n + 1, sizeof(const struct rule *));

	if (!list)
		return -ENOMEM;
	rule->weak = list;
	list[rule->weak_n++] = weak;
	weak->is_weak = true;
	return 0;
}

/*
 * Is `name` what a program of the glob is called before the slash: "postfix" for "postfix*" + "/smtpd"? rsyslog's RFC 5424 form
 * cuts the program's name there, so all rules of the family read such a record.
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
	/* "*" alone before the slash would be the family of every program */
	return strspn(head, "*?") < n && fnmatch(head, name, 0) == 0;
}

bool rule_reads(const struct rule *rule, struct span program)
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
