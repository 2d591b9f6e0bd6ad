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
	"Reads the configuration and the filters that it names, and runs each rule on its\n"
	"examples. Warns of patterns that a client could trick, and of sources that\n"
	"contain the same lines.\n\n"
	"  -c, --config FILE  configuration (default: " CMD_CONFIG ")\n"
	"      --patterns     print filter, rule and pattern instead, separated by tabs,\n"
	"                     with macros expanded; without the rules that produce no hit\n"
	"  -h, --help         show this help\n\n"
	"Exit codes: 0 configuration OK, 1 an example fails or a source is named twice,\n"
	"2 usage error, 3 the configuration has an error.\n";

/* A program that the rule reads: its first name without the wildcards. */
static void example_program(const struct rule *rule, const struct example *example, char *out,
			    size_t size)
{
	const char *from = example->program ? example->program : rule->programs[0];
	size_t n = 0;

	for (; *from && n + 1 < size; from++)
		if (*from != '*')
			out[n++] = *from;
	out[n] = '\0';
}

/* Returns how the match differs from what the example expects, written to buf, or NULL. */
static const char *difference(const struct example *example, const struct match *match, char *buf,
			      size_t size)
{
	char text[ADDR_TEXT];

	if (!match->has_addr && example->addr)
		snprintf(buf, size, "finds no address in its example");
	else if (match->has_addr && example->addr &&
		 strcmp(addr_format(&match->addr, text), example->addr) != 0)
		snprintf(buf, size, "finds the address %s, not %s", text, example->addr);
	else if (example->port && example->port != match->port)
		snprintf(buf, size, "finds the port %u, not %lld", match->port,
			 (long long)example->port);
	else if (example->weight && example->weight != match->weight)
		snprintf(buf, size, "counts %u hits, not %lld", match->weight,
			 (long long)example->weight);
	else
		return NULL;
	return buf;
}

static void check_example(const struct config *config, const struct example *example,
			  struct diagnostics *problems)
{
	const struct rule *rule = filters_rule(config->filters, example->rule);
	char program[80], buf[160];
	struct record record = { .repeat = 1 };
	struct match match;
	bool matched;

	example_program(rule, example, program, sizeof(program));
	record.program = span_of(program);
	record.message = span_of(example->text);
	filters_settle(config->filters); /* examples are independent lines */
	matched = filters_match(config->filters, &record, &match) > 0;
	if (!example->is_hit) {
		if (matched && match.rule == rule)
			diagnostics_error(
				problems, example->file, example->line,
				"the rule \"%s\" matches one of its misses: make its pattern stricter",
				rule->name);
		return;
	}
	if (!matched)
		diagnostics_error(problems, example->file, example->line,
				  rule->gave_up > 0
					  ? "the rule \"%s\" exceeds PCRE2's limit on an example: "
					    "simplify its pattern"
					  : "the rule \"%s\" does not match its example: "
					    "correct the pattern or the example",
				  rule->name);
	else if (match.rule != rule)
		diagnostics_error(problems, example->file, example->line,
				  "the example of \"%s\" is matched by an earlier rule, \"%s/%s\"",
				  rule->name, match.rule->filter, match.rule->name);
	else if (difference(example, &match, buf, sizeof(buf)))
		diagnostics_error(problems, example->file, example->line, "the rule \"%s\" %s",
				  rule->name, buf);
}

struct example_counts {
	unsigned hits, misses;
};

static void lint_rule(const struct config *config, const struct rule *rule,
		      const struct example_counts *examples, struct diagnostics *problems)
{
	const char *unsafe = pattern_lint(rule->pattern);
	char *path = config_filter_path(config->path, rule->filter);

	if (!path)
		return;
	if (unsafe)
		diagnostics_warning(problems, path, rule->line, "the pattern of \"%s\" %s",
				    rule->name, unsafe);
	if (examples->hits == 0)
		diagnostics_warning(
			problems, path, rule->line,
			"the rule \"%s\" has no hits to check it: add log lines that it must match",
			rule->name);
	else if (examples->hits + examples->misses < 2)
		diagnostics_warning(
			problems, path, rule->line,
			"the rule \"%s\" has only one example: add an imitation to its misses",
			rule->name);
	free(path);
}

static void lint_rules(const struct config *config, struct diagnostics *problems)
{
	size_t n = filters_rules(config->filters);
	struct example_counts *counts = calloc(n + 1, sizeof(*counts));

	for (size_t i = 0; counts && i < config->examples_n; i++) {
		const struct example *example = &config->examples[i];

		if (example->is_hit)
			counts[example->rule].hits++;
		else
			counts[example->rule].misses++;
	}
	for (size_t i = 0; counts && i < n; i++)
		lint_rule(config, filters_rule(config->filters, i), &counts[i], problems);
	free(counts);
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
	const struct source_overlap_options options = { .root = "",
							.zone = &config->zone,
							.now = (int64_t)time(NULL) * UNITS_SECOND };
	char program[SOURCE_OVERLAP_PROGRAM];

	switch (source_overlap_find(a, b, &options, program)) {
	case SOURCE_OVERLAP_FILE:
		diagnostics_error(
			problems, config->path, b->line,
			"%s is the same file as %s: remove one, or each line counts twice", b->file,
			a->file);
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

static int check_config(const struct config *config)
{
	struct diagnostics *problems;
	size_t errors, warnings;

	if (diagnostics_new(&problems) < 0)
		return EXIT_ENVIRONMENT;
	for (size_t i = 0; i < config->examples_n; i++)
		check_example(config, &config->examples[i], problems);
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
		cmd_message("check takes no arguments: to check another file use -c %s",
			    argv[optind]);
		return cmd_usage_error("check");
	}
	r = cmd_config(&config, path);
	if (r != EXIT_DONE)
		return r;
	if (patterns)
		print_patterns(config);
	else
		r = check_config(config);
	config_free(config);
	return cmd_flush(r);
}
