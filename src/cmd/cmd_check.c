/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "options.h"
#include "source/source_overlap.h"
#include "util/units.h"

static const char help[] =
	"Usage: relaydam check [-c FILE] [--patterns]\n"
	"Reads the whole configuration and every filter that it names, tries each rule on\n"
	"its own examples, and looks for patterns that a client could trick, and for\n"
	"sources that hold the same lines.\n\n"
	"  -c, --config FILE  default " CMD_CONFIG "\n"
	"      --patterns     print filter, rule and pattern instead, the macros written\n"
	"                     out, separated by tabs; rules that make no hit are left out\n"
	"      --help\n\n"
	"Exit codes: 0 configuration OK, 1 an example fails, or a source is named\n"
	"twice, 3 the configuration is not.\n";

/* "postfix*" and "/smtpd" name "postfix/smtpd" among others. */
static void program_of(const struct rule *rule, const struct example *example, char *out,
		       size_t size)
{
	const char *from = example->program ? example->program : rule->programs[0];
	size_t n = 0;

	for (; *from && n + 1 < size; from++)
		if (*from != '*')
			out[n++] = *from;
	out[n] = '\0';
}

static const char *said(const struct example *example, const struct match *match, char *buf,
			size_t size)
{
	char text[ADDR_TEXT];

	if (!match->has_addr && example->addr)
		snprintf(buf, size, "takes no address");
	else if (match->has_addr && example->addr &&
		 strcmp(addr_format(&match->addr, text), example->addr) != 0)
		snprintf(buf, size, "takes the address %s, not %s", text, example->addr);
	else if (example->port && example->port != match->port)
		snprintf(buf, size, "takes the port %u, not %lld", match->port,
			 (long long)example->port);
	else if (example->weight && example->weight != match->weight)
		snprintf(buf, size, "counts %u, not %lld", match->weight,
			 (long long)example->weight);
	else
		return NULL;
	return buf;
}

static void try_example(const struct config *config, const struct example *example,
			struct diagnostics *problems)
{
	const struct rule *rule = filters_rule(config->filters, example->rule);
	char program[80], buf[160];
	struct record record = { .repeat = 1 };
	struct match match;
	bool taken;

	program_of(rule, example, program, sizeof(program));
	record.program = span_of(program);
	record.message = span_of(example->text);
	filters_settle(config->filters); /* one example is not the rest of the one before */
	taken = filters_match(config->filters, &record, &match) > 0;
	if (!example->is_hit) {
		if (taken && match.rule == rule)
			diagnostics_error(problems, example->file, example->line,
					  "the rule \"%s\" takes an example that it must miss",
					  rule->name);
		return;
	}
	if (!taken)
		diagnostics_error(problems, example->file, example->line,
				  rule->gave_up > 0
					  ? "the rule \"%s\" gives up on an example: its pattern "
					    "costs too much there"
					  : "the rule \"%s\" misses its own example",
				  rule->name);
	else if (match.rule != rule)
		diagnostics_error(problems, example->file, example->line,
				  "the example of \"%s\" is taken by the rule \"%s/%s\" before it",
				  rule->name, match.rule->filter, match.rule->name);
	else if (said(example, &match, buf, sizeof(buf)))
		diagnostics_error(problems, example->file, example->line, "the rule \"%s\" %s",
				  rule->name, buf);
}

struct proof {
	unsigned hits, misses;
};

static void lint_rule(const struct config *config, const struct rule *rule,
		      const struct proof *proof, struct diagnostics *problems)
{
	const char *unsafe = pattern_lint(rule->pattern);
	char *path = config_filter_path(config->path, rule->filter);

	if (!path)
		return;
	if (unsafe)
		diagnostics_warning(problems, path, rule->line, "the pattern of \"%s\" %s",
				    rule->name, unsafe);
	if (proof->hits == 0)
		diagnostics_warning(
			problems, path, rule->line,
			"the rule \"%s\" has no hits to prove itself with: give it some lines",
			rule->name);
	else if (proof->hits + proof->misses < 2)
		diagnostics_warning(
			problems, path, rule->line,
			"the rule \"%s\" has no example in which a client imitates it: add one",
			rule->name);
	free(path);
}

static void lint_rules(const struct config *config, struct diagnostics *problems)
{
	size_t n = filters_rules(config->filters);
	struct proof *proofs = calloc(n + 1, sizeof(*proofs));

	for (size_t i = 0; proofs && i < config->examples_n; i++) {
		const struct example *example = &config->examples[i];

		if (example->is_hit)
			proofs[example->rule].hits++;
		else
			proofs[example->rule].misses++;
	}
	for (size_t i = 0; proofs && i < n; i++)
		lint_rule(config, filters_rule(config->filters, i), &proofs[i], problems);
	free(proofs);
}

static void print_patterns(const struct config *config)
{
	for (size_t i = 0; i < filters_rules(config->filters); i++) {
		const struct rule *rule = filters_rule(config->filters, i);
		const char *pattern = pattern_expanded(rule->pattern);

		if (rule_proves(rule))
			printf("%s\t%s\t%s\n", rule->filter, rule->name,
			       pattern + (*pattern == '^'));
	}
}

static void check_pair(const struct config *config, const struct source_conf *a,
		       const struct source_conf *b, struct diagnostics *problems)
{
	const struct source_overlap_options where = { .root = "",
						      .zone = &config->zone,
						      .now = (int64_t)time(NULL) * UNITS_SECOND };
	char program[SOURCE_OVERLAP_PROGRAM];

	switch (source_overlap_find(a, b, &where, program)) {
	case SOURCE_OVERLAP_FILE:
		diagnostics_error(
			problems, config->path, b->line,
			"%s is the same file as %s: name it once, or each line would count twice",
			b->file, a->file);
		break;
	case SOURCE_OVERLAP_LINES:
		diagnostics_warning(problems, config->path, b->line, SOURCE_OVERLAP_TEXT,
				    source_overlap_name(a), source_overlap_name(b), program);
		break;
	default:
		break;
	}
}

static void check_sources(const struct config *config, struct diagnostics *problems)
{
	for (size_t i = 0; i < config->sources_n; i++)
		for (size_t j = i + 1; j < config->sources_n; j++)
			check_pair(config, &config->sources[i], &config->sources[j], problems);
}

static int check(const struct config *config)
{
	struct diagnostics *problems;
	size_t errors, warnings;

	if (diagnostics_new(&problems) < 0)
		return EXIT_ENVIRONMENT;
	for (size_t i = 0; i < config->examples_n; i++)
		try_example(config, &config->examples[i], problems);
	lint_rules(config, problems);
	check_sources(config, problems);
	diagnostics_print(problems, stderr, true);
	errors = diagnostics_errors(problems);
	warnings = diagnostics_warnings(problems);
	diagnostics_free(problems);
	if (errors > 0)
		return EXIT_NO;
	printf("configuration OK\n");
	printf("%zu rules, %zu examples, %zu jails", filters_rules(config->filters),
	       config->examples_n, config->jails_n);
	if (config->matcher == MATCHER_PCRE2)
		printf(", patterns matched by PCRE2 alone");
	if (warnings > 0)
		printf(", %zu warning%s", warnings, warnings > 1 ? "s" : "");
	putchar('\n');
	return EXIT_DONE;
}

int cmd_check(int argc, char **argv)
{
	const char *path = CMD_CONFIG;
	bool patterns = false;
	const struct options_entry options[] = {
		{ .name = "config", .letter = 'c', .text = &path },
		{ .name = "patterns", .flag = &patterns },
		{ .name = NULL },
	};
	struct config *config;
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (optind < argc) {
		cmd_complain("check takes no file: \"%s\"; the configuration goes behind -c",
			     argv[optind]);
		return cmd_usage_error("check");
	}
	r = cmd_config(&config, path);
	if (r != EXIT_DONE)
		return r;
	if (patterns)
		print_patterns(config);
	else
		r = check(config);
	config_free(config);
	return cmd_flush(r);
}
